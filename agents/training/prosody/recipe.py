"""Training recipe of the prosody sense: `affectgraph train prosody`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.prosody.augmented import (
    AugmentedVoices,
    extract_augmented,
)
from affectgraph.agents.training.prosody.burst_recipe import train_bursts
from affectgraph.agents.training.prosody.data import NON_COMMERCIAL
from affectgraph.agents.training.prosody.encoder import export_encoder
from affectgraph.agents.training.prosody.export import export_head
from affectgraph.agents.training.prosody.features import Voices, extract_voices
from affectgraph.agents.training.prosody.head import fit, logits
from affectgraph.agents.training.prosody.network import (
    Head,
    HeadSettings,
    clip_outliers,
)
from affectgraph.agents.training.prosody.validation import (
    HeldOutScores,
    Scores,
    cross_validate,
    fit_temperature,
    held_out_calibration,
    leave_one_corpus_out,
    print_recall,
    print_unheard_corpora,
    quality_curve,
)
from affectgraph.tools import weights
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_savez
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.head import HEAD, PERMISSIVE_HEAD
from affectgraph.tools.prosody.measures import UNITS

_WHISPER = "whisper-base/model.bin"
_COPIES = 2
_TYPICAL_PERCENTILES = (10, 90)


def train(
    data: Path,
    out: Path,
    *,
    seed: int = 0,
    without: tuple[str, ...] = (),
    settings: HeadSettings | None = None,
    more: Sequence[AugmentedClip] = (),
) -> None:
    """Write the networks of the prosody sense, and print their figures.

    The encoder is a part of multilingual Whisper base, which has to be fetched first
    (`affectgraph weights fetch whisper-base`). Features are cached beside the head.

    Args:
        data: A folder in the shared layout.
        out: Folder of the ONNX files.
        seed: Of the distortions, the folds and the networks.
        without: Corpora to leave out, such as `data.NON_COMMERCIAL`.
        settings: Of the head.
        more: Augmented clips for training only. The speakers of the figures are
            held out only if they do not speak in these clips.

    Raises:
        WeightsError: If Whisper's file is missing.
        SettingError: If there is no recording, or an augmented clip cannot be opened.
    """
    torch.set_num_threads(1)
    settings = settings or HeadSettings()
    out.mkdir(parents=True, exist_ok=True)
    export_encoder(Path(weights.path(_WHISPER)), out / ENCODER)
    train_bursts(data, out, seed=seed)
    extra = extract_augmented(more, copies=_COPIES, seed=seed)
    voices = load_voices(data, out, seed=seed, without=without)
    print(f"{len(voices.emotion)} recordings, {len(set(voices.speaker))} speakers")
    added = extra and extra.without_duplicates(voices)
    if added:
        print(summarize_clips(added.clips))
    scores = _train_head(voices, out / HEAD, settings, seed, added)
    atomic_savez(_cache_file(out, "scores", seed, without), **scores)
    print("permissive head:")
    permissive = np.flatnonzero(~np.isin(voices.corpus, NON_COMMERCIAL))
    file = out / PERMISSIVE_HEAD
    _train_head(voices.take(permissive), file, settings, seed, None, test=voices)


def _train_head(
    voices: Voices,
    file: Path,
    settings: HeadSettings,
    seed: int,
    more: AugmentedVoices | None,
    test: Voices | None = None,
) -> dict[str, Scores]:
    """Write a head, print its figures, and return its scores of held-out recordings.

    Args:
        voices: To learn from.
        file: The ONNX file.
        settings: Of the head.
        seed: Of folds and networks.
        more: Augmented clips for training only.
        test: Recordings of corpora that are not learned from, for figures and for
            the temperature; None to leave out one corpus of `voices` after another.
    """
    held_out = cross_validate(voices, settings, seed, more)
    head = fit(voices, np.arange(len(voices.emotion)), settings, seed, more=more)
    if test is not None:
        judged = test.take(np.flatnonzero(~np.isin(test.corpus, voices.corpus)))
        unheard = logits(head, judged.features[:, 0])
    else:
        judged = voices
        unheard = leave_one_corpus_out(voices, settings, seed, more)
    print_unheard_corpora(judged, unheard)
    if len(unheard) == 0 or not unheard.any():
        judged, unheard = voices, held_out.cold
    export_head(head, file, _calibrate(head, voices, held_out, judged, unheard, seed))
    return {**vars(held_out), "unheard": unheard}


def load_held_out_scores(
    data: Path, out: Path, seed: int
) -> tuple[Voices, Scores, Scores]:
    """Load the recordings, and their scores by heads not fitted on the speaker.

    Args:
        data: A folder in the shared layout.
        out: The folder of `train`, where scores are cached.
        seed: As in `train`.

    Returns:
        The voices, with label, speaker and corpus; and mean log-probabilities [n, 7] of
        single clips, before the temperature, row for row: of heads fitted without the
        corpus, and of heads fitted on its other speakers.
    """
    voices = load_voices(data, out, seed=seed)
    cache = _cache_file(out, "scores", seed, ())
    if not cache.is_file():
        settings = HeadSettings()
        unheard = leave_one_corpus_out(voices, settings, seed)
        held_out = cross_validate(voices, settings, seed)
        atomic_savez(cache, **vars(held_out), unheard=unheard)
    with np.load(cache, allow_pickle=False) as arrays:
        return voices, arrays["unheard"], arrays["cold"]


def load_voices(
    data: Path, out: Path, *, seed: int = 0, without: tuple[str, ...] = ()
) -> Voices:
    """Load the recordings as arrays, cached in `out`; arguments as in `train`."""
    cache = _cache_file(out, "voices", seed, without)
    if not cache.is_file():
        voices = extract_voices(data, copies=_COPIES, seed=seed, without=without)
        atomic_savez(cache, **vars(voices))
    with np.load(cache, allow_pickle=False) as arrays:
        return Voices(**arrays)


def _cache_file(out: Path, what: str, seed: int, without: tuple[str, ...]) -> Path:
    return out / f"{what}-{seed}-{'-'.join(without) or 'all'}.npz"


def _calibrate(
    head: Head,
    voices: Voices,
    held_out: HeldOutScores,
    judged: Voices,
    unheard: Scores,
    seed: int,
) -> dict[str, object]:
    """Set the temperatures, print the figures, and return the contract.

    Temperature and quality are fitted on `unheard`, the scores of recordings `judged`
    of a corpus that was not learned from.
    """
    emotion = voices.emotion
    for name, scores in vars(held_out).items():
        print_recall(voices, scores, name)
        before, after = held_out_calibration(voices, scores, seed)
        print(
            f"{name}: calibration error {before:.3f}, calibrated {after:.3f}",
            flush=True,
        )
    cold = fit_temperature(unheard, judged.emotion)
    shares = softmax(unheard, cold)
    known = fit_temperature(held_out.known, emotion)
    head.get_buffer("temperature").copy_(torch.tensor([cold, known]))
    return {
        "classes": BASIC_EMOTIONS,
        "temperature": {"cold": cold, "known": known},
        "quality": quality_curve(shares, judged.emotion, judged.seconds),
        "reference": _reference(head, voices),
    }


def _reference(head: Head, voices: Voices) -> dict[str, object]:
    """Compute typical ranges of the measures, from neutral speech."""
    neutral = voices.emotion == BASIC_EMOTIONS.index("neutral")
    values = voices.measures[neutral]
    low, high = np.nanpercentile(values, _TYPICAL_PERCENTILES, axis=0)
    ranges = {n: [a, b] for n, a, b in zip(UNITS, low, high, strict=True)}
    # Acted sentences have hardly any pauses, so their range means nothing.
    del ranges["pause_share"]
    z = clip_outliers(head.normal(torch.tensor(voices.features[neutral, 0])))
    usual = z @ head.get_buffer("pitch_slope") + head.get_buffer("pitch_mean")
    semitones = 12.0 * np.log2(values[:, list(UNITS).index("pitch")] / 55.0)
    deviation = np.nanpercentile(np.abs(semitones - usual.numpy()), 80)
    source = f"neutral speech of {len(set(voices.speaker))} acting speakers, 10-90%"
    return {"ranges": ranges, "pitch_deviation": float(deviation), "source": source}
