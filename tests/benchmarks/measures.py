"""Is what is said of a voice right? `python tests/benchmarks/measures.py DATA`.

Each statement of the prosody sense, how often it is made, and how often it is right:

- the rate, against sentences whose syllables are known;
- the pitch, against the 10th to 90th percentile of the speaker's neutral recordings, of
  a speaker not known and known from twenty other recordings;
- all others, made of a recording with noise (15-30 dB) on a narrow line: right if the
  clean recording lies on the same side of the range, or moves the same way.

What is right less often than 0.8 is not said: `tools/prosody/facts.py`.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.prosody import VoiceBaseline, prosody

SYLLABLES = dict(a01=9, a02=8, a04=13, a05=18, a07=12, b01=15, b02=18, b03=17, b09=14)
SYLLABLES |= {"b10": 15}
RAVDESS_SYLLABLES = 7
CLIPS, KNOWN, JUDGED = 60, 20, 6
SAME_MOVE = 0.5

Answers = dict[str, list[bool]]


def perceive(clip: Clip) -> list[Evidence]:
    """Summary and facts; nothing if no speech is found."""
    try:
        return prosody.perceive(clip, clip.span)
    except SenseError:
        return []


def disturb(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add white noise, and filter as a narrow line does."""
    noise = 10 ** (-rng.uniform(15, 30) / 20) * signal.std()
    size = 1 << (len(signal) - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / SAMPLING_RATE)
    low, high = rng.uniform(50, 250), rng.uniform(3400, 7500)
    line = 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 12)
    spectrum = np.fft.rfft(signal + noise * rng.standard_normal(len(signal)), size)
    return np.fft.irfft(spectrum * line, size)[: len(signal)].astype(np.float32)


def statements(evidence: list[Evidence]) -> Iterator[tuple[str, str, Measurement]]:
    """Measure, direction and measurement of every statement that is made."""
    for fact in evidence[1:]:
        for name, measurement in fact.measurements.items():
            direction = measurement.direction
            if "move" in name or name == "ending":
                direction = "up" if measurement.value > 0 else "down"
            if direction in ("low", "high", "up", "down"):
                yield name, direction, measurement


def is_right(name: str, direction: str, clean: list[Evidence]) -> bool:
    """Whether the clean recording lies on the same side, or moves the same way."""
    measured = dict(clean[0].measurements)
    for fact in clean[1:]:
        measured |= fact.measurements
    true = measured.get(name)
    if true is None:
        return False
    if direction in ("up", "down"):
        return true.value > SAME_MOVE if direction == "up" else true.value < -SAME_MOVE
    return true.direction == direction


def against_clean(data: Path, answers: Answers) -> None:
    rng = np.random.default_rng(0)
    for corpus in ("ravdess", "emodb", "nemo"):
        for path in rng.permutation(sorted((data / corpus).glob("*.ogg")))[:CLIPS]:
            clip = Clip.open(path)
            clean = perceive(clip)
            for name, direction, _ in statements(
                perceive(Clip.open(disturb(clip.audio(), rng)))
            ):
                if clean and name not in ("pitch", "rate"):
                    answers[f"{name} {direction}"].append(
                        is_right(name, direction, clean)
                    )


def rates(data: Path, answers: Answers) -> None:
    rng = np.random.default_rng(0)
    for corpus in ("ravdess", "emodb"):
        for path in rng.permutation(sorted((data / corpus).glob("*.ogg")))[:CLIPS]:
            evidence = perceive(Clip.open(path))
            syllables = SYLLABLES.get(path.name[2:5], RAVDESS_SYLLABLES)
            for name, direction, rate in statements(evidence):
                if name == "rate":
                    value = syllables / evidence[0].measurements["speech"].value
                    true = rate.model_copy(update={"value": value})
                    answers[f"rate {direction}"].append(true.direction == direction)


def speakers(data: Path) -> Iterator[tuple[list[Path], list[Path]]]:
    """Neutral and other recordings of each speaker, each in random order."""
    rng = np.random.default_rng(0)
    for corpus, who, what, neutral in (
        ("ravdess", slice(18, 20), slice(6, 8), ("01", "02")),
        ("emodb", slice(0, 2), slice(5, 6), ("N",)),
    ):
        paths = rng.permutation(sorted((data / corpus).glob("*.ogg")))
        for speaker in sorted({path.name[who] for path in paths}):
            mine = [path for path in paths if path.name[who] == speaker]
            yield (
                [path for path in mine if path.name[what] in neutral][:8],
                [path for path in mine if path.name[what] not in neutral],
            )


def pitches(data: Path, answers: Answers) -> None:
    for neutral, others in speakers(data):
        clips = {path: Clip.open(path) for path in neutral + others[: KNOWN + JUDGED]}
        summaries = {path: perceive(clip)[:1] for path, clip in clips.items()}
        true = [
            summary.measurements["pitch"].value
            for path in neutral
            for summary in summaries[path]
            if "pitch" in summary.measurements
        ]
        low, high = np.percentile(true, (10, 90))
        earlier = [clips[path] for path in others[JUDGED : KNOWN + JUDGED]]
        heard = [clip for clip in earlier if perceive(clip)]
        baseline = VoiceBaseline.of_clips(heard)
        for path in others[:JUDGED]:
            known = Clip.open(path)
            baseline.attach(known)
            for scope, clip in (("", clips[path]), (" of a known speaker", known)):
                for name, direction, pitch in statements(perceive(clip)):
                    if name == "pitch":
                        side = (
                            pitch.value < low
                            if direction == "low"
                            else pitch.value > high
                        )
                        answers[f"pitch {direction}{scope}"].append(bool(side))


def main(speech: Path) -> None:
    answers: Answers = defaultdict(list)
    for benchmark in (rates, pitches, against_clean):
        benchmark(speech, answers)
    for statement, right in sorted(answers.items()):
        print(f"{statement}: said {len(right)} times, right {np.mean(right):.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "speech")
