"""How the prosody sense was trained: `affectgraph train prosody`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from affectgraph.agents.training.prosody.augmented import heard_in
from affectgraph.agents.training.prosody.encoder import export_encoder
from affectgraph.agents.training.prosody.export import export_head
from affectgraph.agents.training.prosody.features import Voices, extract
from affectgraph.agents.training.prosody.head import fit
from affectgraph.agents.training.prosody.network import Head, Settings, bounded
from affectgraph.agents.training.prosody.validation import (
    Heard,
    Scores,
    calibration_error,
    cross_validate,
    held_out_calibration,
    leave_one_corpus_out,
    leave_one_sentence_out,
    print_recall,
    quality_curve,
    softmax,
    temperature,
)
from affectgraph.tools import weights
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_savez
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.head import HEAD
from affectgraph.tools.prosody.measures import UNITS

_WHISPER = "whisper-base/model.bin"
_COPIES = 2
_TYPICAL = (10, 90)


def train(
    data: Path,
    out: Path,
    *,
    seed: int = 0,
    without: tuple[str, ...] = (),
    settings: Settings | None = None,
    more: Sequence[AugmentedClip] = (),
) -> None:
    """Write the encoder and the head of the prosody sense, and print their figures.

    The encoder is cut out of multilingual Whisper base, whose file has to be there
    (`affectgraph weights fetch whisper-base`). Features are kept beside the head and
    used again by a later run.

    Args:
        data: A folder in the shared layout.
        out: Where the two ONNX files go.
        seed: Of the disturbances, the folds and the networks.
        without: Corpora to leave out, such as `training_data.NON_COMMERCIAL`.
        settings: Of the head; the chosen ones by default.
        more: Augmented clips to learn from, too, and not to be judged on. The figures
            are of speakers not heard only if none of theirs speaks in these.

    Raises:
        WeightsError: If Whisper's file is missing.
        SettingError: If there is no recording, or an augmented clip cannot be opened.
    """
    torch.set_num_threads(1)
    settings = settings or Settings()
    out.mkdir(parents=True, exist_ok=True)
    export_encoder(Path(weights.path(_WHISPER)), out / ENCODER)
    extra = heard_in(more, copies=_COPIES, seed=seed)
    voices = kept_voices(data, out, seed=seed, without=without)
    print(f"{len(voices.emotion)} recordings, {len(set(voices.speaker))} speakers")
    added = extra and extra.beside(voices)
    if added:
        print(summarize_clips(added.clips))
    quick = replace(settings, members=1)
    leave_one_corpus_out(voices, quick, seed, added)
    leave_one_sentence_out(voices, quick, seed, added)
    heard = cross_validate(voices, settings, seed, added)
    atomic_savez(_kept(out, "heard", seed, without), **vars(heard))
    head = fit(voices, np.arange(len(voices.emotion)), settings, seed, more=added)
    contract = _calibrate(head, voices, heard, seed)
    export_head(head, out / HEAD, contract)


def heard_voices(
    data: Path, out: Path, *, seed: int = 0, without: tuple[str, ...] = ()
) -> tuple[Voices, Scores]:
    """The recordings, and what a head says that has not heard their speakers.

    Args:
        data: A folder in the shared layout.
        out: The folder of an earlier `train`, whose answers are used again.
        seed: As in `train`.
        without: As in `train`.

    Returns:
        The voices and, one clip at a time, mean log-probabilities [n, 7], before the
        temperature.
    """
    voices = kept_voices(data, out, seed=seed, without=without)
    kept = _kept(out, "heard", seed, without)
    if not kept.is_file():
        heard = cross_validate(voices, Settings(), seed)
        atomic_savez(kept, **vars(heard))
    with np.load(kept, allow_pickle=False) as arrays:
        return voices, arrays["cold"]


def kept_voices(
    data: Path, out: Path, *, seed: int = 0, without: tuple[str, ...] = ()
) -> Voices:
    """The recordings as numbers, kept in `out`; arguments as in `train`."""
    kept = _kept(out, "voices", seed, without)
    if not kept.is_file():
        found = extract(data, copies=_COPIES, seed=seed, without=without)
        atomic_savez(kept, **vars(found))
    with np.load(kept, allow_pickle=False) as arrays:
        return Voices(**arrays)


def _kept(out: Path, what: str, seed: int, without: tuple[str, ...]) -> Path:
    return out / f"{what}-{seed}-{'-'.join(without) or 'all'}.npz"


def _calibrate(
    head: Head, voices: Voices, heard: Heard, seed: int
) -> dict[str, object]:
    """Set the temperatures, print the figures, and give the contract."""
    emotion = voices.emotion
    for name, scores in vars(heard).items():
        print_recall(voices, scores, name)
        before, after = held_out_calibration(voices, scores, seed)
        print(
            f"{name}: calibration error {before:.3f}, calibrated {after:.3f}",
            flush=True,
        )
    both = np.concatenate([heard.cold, heard.disturbed])
    twice = np.concatenate([emotion, emotion])
    cold, known = temperature(both, twice), temperature(heard.known, emotion)
    head.get_buffer("temperature").copy_(torch.tensor([cold, known]))
    answers = softmax(both, cold)
    print(f"calibration error of both {calibration_error(answers, twice):.3f}")
    seconds = np.concatenate([voices.seconds, voices.seconds])
    return {
        "classes": BASIC_EMOTIONS,
        "temperature": {"cold": cold, "known": known},
        "quality": quality_curve(answers, twice, seconds),
        "reference": _reference(head, voices),
    }


def _reference(head: Head, voices: Voices) -> dict[str, object]:
    """Typical ranges of the measures: what neutral speakers do."""
    neutral = voices.emotion == BASIC_EMOTIONS.index("neutral")
    values = voices.measures[neutral]
    low, high = np.nanpercentile(values, _TYPICAL, axis=0)
    ranges = {n: [a, b] for n, a, b in zip(UNITS, low, high, strict=True)}
    # Acted sentences are said in one breath: nothing is learned about pauses.
    del ranges["pause_share"]
    z = bounded(head.normal(torch.tensor(voices.features[neutral, 0])))
    usual = z @ head.get_buffer("pitch_slope") + head.get_buffer("pitch_mean")
    heard = 12.0 * np.log2(values[:, list(UNITS).index("pitch")] / 55.0)
    deviation = np.nanpercentile(np.abs(heard - usual.numpy()), 80)
    source = f"neutral speech of {len(set(voices.speaker))} acting speakers, 10-90%"
    return {"ranges": ranges, "pitch_deviation": float(deviation), "source": source}
