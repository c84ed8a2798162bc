"""Figures on speakers that the head has not heard, and what is set from them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from affectgraph.agents.training.prosody.augmented import AugmentedVoices
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.head import fit, logits, speaker_baseline
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.agents.training.prosody.speakers import Indices
from affectgraph.tools.emotions import BASIC_EMOTIONS

FOLDS = 4
KNOWN_CLIPS = 20

_BINS = 15
_BOOTSTRAPS = 500
_FOUR = ("neutral", "happy", "sad", "angry")

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class HeldOutScores:
    """Answers about speakers not heard in training, as mean log-probabilities [n, 7].

    Attributes:
        cold: One clip at a time.
        disturbed: The same, from the first disturbed copy of each clip.
        known: With the speaker's baseline from 20 other clips, drawn at random.
        one_mood: With a baseline from up to 20 clips of one emotion alone.
    """

    cold: Scores
    disturbed: Scores
    known: Scores
    one_mood: Scores


def folds(voices: Voices, seed: int) -> Iterator[tuple[Indices, Indices]]:
    """Train and test indices: every speaker is tested once, corpora spread evenly."""
    rng = np.random.default_rng(seed)
    fold: dict[str, int] = {}
    for corpus in np.unique(voices.corpus):
        speakers = rng.permutation(np.unique(voices.speaker[voices.corpus == corpus]))
        fold |= {name: number % FOLDS for number, name in enumerate(speakers)}
    of = np.array([fold[name] for name in voices.speaker])
    for number in range(FOLDS):
        yield np.flatnonzero(of != number), np.flatnonzero(of == number)


def cross_validate(
    voices: Voices,
    settings: HeadSettings,
    seed: int,
    more: AugmentedVoices | None = None,
) -> HeldOutScores:
    """Answer about every recording with a head that has not heard its speaker.

    Augmented clips are only learned from, in every fold.
    """
    nothing = np.zeros((len(voices.emotion), len(BASIC_EMOTIONS)))
    heard = HeldOutScores(*(nothing.copy() for _ in range(4)))
    rng = np.random.default_rng(seed)
    for train, test in folds(voices, seed):
        head = fit(voices, train, settings, seed, more=more)
        clean = voices.features[:, 0]
        heard.cold[test] = logits(head, clean[test])
        heard.disturbed[test] = logits(head, voices.features[test, -1])
        for speaker in np.unique(voices.speaker[test]):
            mine = rng.permutation(test[voices.speaker[test] == speaker])
            for half in np.array_split(mine, 2):
                others = mine[~np.isin(mine, half)]
                usual = speaker_baseline(head, clean[others[:KNOWN_CLIPS]])
                heard.known[half] = logits(head, clean[half], usual)
                mood = voices.emotion[others] == rng.choice(voices.emotion[others])
                usual = speaker_baseline(head, clean[others[mood][:KNOWN_CLIPS]])
                heard.one_mood[half] = logits(head, clean[half], usual)
    return heard


def leave_one_corpus_out(
    voices: Voices,
    settings: HeadSettings,
    seed: int,
    more: AugmentedVoices | None = None,
) -> None:
    """Print the recall on each corpus of a head that has heard only the others."""
    for corpus in np.unique(voices.corpus):
        test = np.flatnonzero(voices.corpus == corpus)
        train = np.flatnonzero(voices.corpus != corpus)
        if len(train) == 0:
            continue
        head = fit(voices, train, settings, seed, cold_only=True, more=more)
        scores = logits(head, voices.features[test, 0])
        emotion = voices.emotion[test]
        shared = np.intersect1d(emotion, voices.emotion[train])
        four = np.array([BASIC_EMOTIONS.index(name) for name in _FOUR])
        for classes in (shared, four):
            kept = np.isin(emotion, classes)
            answer = classes[scores[kept][:, classes].argmax(axis=1)]
            value = mean_recall(emotion[kept], answer)
            print(f"cold on {corpus}: {len(classes)} classes, UAR {value:.3f}")


def leave_one_sentence_out(
    voices: Voices,
    settings: HeadSettings,
    seed: int,
    more: AugmentedVoices | None = None,
) -> None:
    """Print the recall on new RAVDESS speakers saying a sentence not trained on."""
    answer = np.full(len(voices.emotion), -1)
    acted = voices.corpus == "ravdess"
    for train, test in folds(voices, seed):
        for sentence in np.unique(voices.sentence[acted]):
            without = train[voices.sentence[train] != sentence]
            mine = test[voices.sentence[test] == sentence]
            head = fit(voices, without, settings, seed, cold_only=True, more=more)
            scores = logits(head, voices.features[mine, 0])
            answer[mine] = scores.argmax(axis=1)
    if acted.any():
        value = mean_recall(voices.emotion[acted], answer[acted])
        print(f"ravdess, new speakers and a new sentence: UAR {value:.3f}")


def mean_recall(emotion: Indices, answer: Indices) -> float:
    """Unweighted mean of the recall of each emotion that occurs (UAR)."""
    return float(np.mean([(answer[emotion == e] == e).mean() for e in set(emotion)]))


def print_recall(voices: Voices, scores: Scores, name: str) -> None:
    """Print the UAR on each corpus with a 95% interval, bootstrapped by speaker."""
    answer = scores.argmax(axis=1)
    for corpus in np.unique(voices.corpus):
        mine = np.flatnonzero(voices.corpus == corpus)
        emotion = voices.emotion[mine]
        value = mean_recall(emotion, answer[mine])
        low, high = _interval(voices, answer, mine)
        chance = 1.0 / len(set(emotion))
        print(
            f"{name}, {corpus}: UAR {value:.3f} [{low:.3f}, {high:.3f}], {chance=:.2f}"
        )


def _interval(voices: Voices, answer: Indices, mine: Indices) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    speakers = np.unique(voices.speaker[mine])
    of = {s: mine[voices.speaker[mine] == s] for s in speakers}
    values = []
    for _ in range(_BOOTSTRAPS):
        rows = np.concatenate([of[s] for s in rng.choice(speakers, len(speakers))])
        values.append(mean_recall(voices.emotion[rows], answer[rows]))
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def softmax(scores: Scores, temperature: float = 1.0) -> Scores:
    """Probabilities from log-probabilities at a temperature: [n, 7]."""
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def temperature(scores: Scores, emotion: Indices) -> float:
    """The temperature of least log loss."""

    def loss(value: float) -> float:
        right = softmax(scores, value)[np.arange(len(emotion)), emotion]
        return float(-np.log(right + 1e-12).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)


def calibration_error(probabilities: Scores, emotion: Indices) -> float:
    """Expected calibration error over 15 bins of equal width."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == emotion
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        (bins == b).mean() * abs(right[bins == b].mean() - confidence[bins == b].mean())
        for b in np.unique(bins)
    ]
    return float(np.sum(gaps))


def held_out_calibration(
    voices: Voices, scores: Scores, seed: int
) -> tuple[float, float]:
    """Calibration error before and after a temperature set on other speakers."""
    after = np.zeros_like(scores)
    for others, test in folds(voices, seed):
        set_to = temperature(scores[others], voices.emotion[others])
        after[test] = softmax(scores[test], set_to)
    before = calibration_error(softmax(scores), voices.emotion)
    return before, calibration_error(after, voices.emotion)


def quality_curve(
    probabilities: Scores, emotion: Indices, seconds: NDArray[np.float64]
) -> dict[str, float]:
    """Logistic curve from confidence and length to being right, rising in both."""
    confidence = np.clip(probabilities.max(axis=1), 0.01, 0.99)
    right = probabilities.argmax(axis=1) == emotion
    odds = np.log(confidence / (1.0 - confidence))
    length = np.log(np.clip(seconds, 0.2, 10.0))

    def loss(w: NDArray[np.float64]) -> float:
        x = w[0] + w[1] * odds + w[2] * length
        return float(np.logaddexp(0.0, np.where(right, -x, x)).mean())

    bounds = [(None, None), (0.0, None), (0.0, None)]
    bias, per_odds, per_length = minimize(
        loss, np.array([0.0, 1.0, 0.0]), bounds=bounds
    ).x
    return {"bias": bias, "confidence": per_odds, "seconds": per_length}
