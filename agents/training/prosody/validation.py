"""Figures on held-out speakers, and the calibration fitted on them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from affectgraph.agents.evaluation.bootstrap import score_interval
from affectgraph.agents.evaluation.metrics import mean_recall, softmax, top_ece
from affectgraph.agents.training.prosody.augmented import AugmentedVoices
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.head import fit, logits, speaker_baseline
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.agents.training.prosody.speakers import Indices
from affectgraph.tools.emotions import BASIC_EMOTIONS

FOLDS = 4
KNOWN_CLIPS = 20

_RESAMPLES = 500
_FOUR_EMOTIONS = ("neutral", "happy", "sad", "angry")

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class HeldOutScores:
    """Mean log-probabilities [n, 7] of heads that were not fitted on the speaker.

    Attributes:
        cold: One clip at a time.
        disturbed: The same, from the last distorted copy of each clip.
        known: With the speaker's baseline from 20 other clips, drawn at random.
        one_mood: With a baseline from up to 20 clips of one emotion alone.
    """

    cold: Scores
    disturbed: Scores
    known: Scores
    one_mood: Scores


def folds(voices: Voices, seed: int) -> Iterator[tuple[Indices, Indices]]:
    """Yield train and test indices; each speaker is tested once, corpora balanced."""
    rng = np.random.default_rng(seed)
    fold: dict[str, int] = {}
    for corpus in np.unique(voices.corpus):
        speakers = rng.permutation(np.unique(voices.speaker[voices.corpus == corpus]))
        fold |= {name: number % FOLDS for number, name in enumerate(speakers)}
    fold_of_row = np.array([fold[name] for name in voices.speaker])
    for number in range(FOLDS):
        yield (
            np.flatnonzero(fold_of_row != number),
            np.flatnonzero(fold_of_row == number),
        )


def cross_validate(
    voices: Voices,
    settings: HeadSettings,
    seed: int,
    more: AugmentedVoices | None = None,
) -> HeldOutScores:
    """Score every recording with a head that was not fitted on its speaker.

    Augmented clips are in the training part of every fold.
    """
    zeros = np.zeros((len(voices.emotion), len(BASIC_EMOTIONS)))
    scores = HeldOutScores(*(zeros.copy() for _ in range(4)))
    rng = np.random.default_rng(seed)
    for train, test in folds(voices, seed):
        head = fit(voices, train, settings, seed, more=more)
        clean = voices.features[:, 0]
        scores.cold[test] = logits(head, clean[test])
        scores.disturbed[test] = logits(head, voices.features[test, -1])
        for speaker in np.unique(voices.speaker[test]):
            rows = rng.permutation(test[voices.speaker[test] == speaker])
            for half in np.array_split(rows, 2):
                others = rows[~np.isin(rows, half)]
                baseline = speaker_baseline(head, clean[others[:KNOWN_CLIPS]])
                scores.known[half] = logits(head, clean[half], baseline)
                mood = voices.emotion[others] == rng.choice(voices.emotion[others])
                baseline = speaker_baseline(head, clean[others[mood][:KNOWN_CLIPS]])
                scores.one_mood[half] = logits(head, clean[half], baseline)
    return scores


def leave_one_corpus_out(
    voices: Voices,
    settings: HeadSettings,
    seed: int,
    more: AugmentedVoices | None = None,
) -> Scores:
    """Score every recording with a head that was not fitted on its corpus.

    Returns:
        Mean log-probabilities [n, 7] of clean single clips, before the temperature;
        the rows are those of `voices`.
    """
    scores = np.zeros((len(voices.emotion), len(BASIC_EMOTIONS)))
    for corpus in np.unique(voices.corpus):
        test = np.flatnonzero(voices.corpus == corpus)
        train = np.flatnonzero(voices.corpus != corpus)
        if len(train):
            head = fit(voices, train, settings, seed, cold_only=True, more=more)
            scores[test] = logits(head, voices.features[test, 0])
    return scores


def print_unheard_corpora(voices: Voices, scores: Scores) -> None:
    """Print recall and calibration error on each corpus, from the others' heads."""
    four = np.array([BASIC_EMOTIONS.index(name) for name in _FOUR_EMOTIONS])
    recalls = []
    for corpus in np.unique(voices.corpus):
        here = voices.corpus == corpus
        others = voices.corpus != corpus
        if not others.any():
            return
        emotion = voices.emotion[here]
        shared = np.intersect1d(emotion, voices.emotion[others])
        for classes in (shared, four):
            rows = np.isin(emotion, classes)
            answer = classes[scores[here][rows][:, classes].argmax(axis=1)]
            recalls.append(mean_recall(emotion[rows], answer))
            print(f"not heard, {corpus}: {len(classes)} classes, UAR {recalls[-1]:.3f}")
        fitted = fit_temperature(scores[others], voices.emotion[others])
        before = top_ece(softmax(scores[here]), emotion)
        after = top_ece(softmax(scores[here], fitted), emotion)
        print(
            f"not heard, {corpus}: calibration error {before:.3f}, with the "
            f"temperature {fitted:.2f} of the other corpora {after:.3f}"
        )
    print(f"not heard, 4 classes: mean UAR {np.mean(recalls[1::2]):.3f}", flush=True)


def print_recall(voices: Voices, scores: Scores, name: str) -> None:
    """Print the UAR on each corpus with a 95% interval, bootstrapped by speaker."""
    for corpus in np.unique(voices.corpus):
        rows = voices.corpus == corpus
        emotion, answer = voices.emotion[rows], scores[rows].argmax(axis=1)
        figure = score_interval(
            voices.speaker[rows],
            lambda drawn, emotion=emotion, answer=answer: mean_recall(  # type: ignore[misc]
                emotion[drawn], answer[drawn]
            ),
            resamples=_RESAMPLES,
        )
        chance = 1.0 / len(set(emotion))
        print(f"{name}, {corpus}: UAR {figure}, {chance=:.2f}")


def fit_temperature(
    scores: Scores, emotion: Indices, families: Scores | None = None
) -> float:
    """Fit the temperature of least log loss.

    Args:
        scores: Log-probabilities, [n, c].
        emotion: Index of the true class, [n].
        families: Share of each column of `scores` in each class, [c, 7]; None if each
            column is a class.
    """

    def loss(value: float) -> float:
        shares = softmax(scores, value)
        if families is not None:
            shares = shares @ families
            shares /= shares.sum(axis=1, keepdims=True)
        right = shares[np.arange(len(emotion)), emotion]
        return float(-np.log(right + 1e-12).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)


def held_out_calibration(
    voices: Voices, scores: Scores, seed: int
) -> tuple[float, float]:
    """Return calibration errors before and after a temperature of other speakers."""
    after = np.zeros_like(scores)
    for others, test in folds(voices, seed):
        fitted = fit_temperature(scores[others], voices.emotion[others])
        after[test] = softmax(scores[test], fitted)
    before = top_ece(softmax(scores), voices.emotion)
    return before, top_ece(after, voices.emotion)


def quality_curve(
    probabilities: Scores, emotion: Indices, seconds: NDArray[np.float64]
) -> dict[str, float]:
    """Fit the probability of being right to confidence and length, rising in both."""
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
