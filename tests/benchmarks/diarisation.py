"""Who speaks when, in conversations composed of recordings of single people.

The speakers are unknown to the network, and so are the corpora. The threshold was
chosen on EmoDB; RAVDESS and nEMO judge it.

    python tests/benchmarks/diarisation.py DATA [CONVERSATIONS] [sweep]

`sweep` prints the error at other thresholds instead. Recordings of one conversation are
of one corpus, so that nobody is known by their microphone; emotions vary.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.diarization import clustering, diarize

# Where the name of a speaker is, in the name of a recording.
CORPORA = {"emodb": slice(0, 2), "ravdess": slice(18, 20), "nemo": slice(0, 3)}
PEOPLE = (2, 3, 4)
# Seconds between turns; negative means overlap. Noise is 20 dB below speech.
CONDITIONS = {"gaps": (0.1, 1.0, False), "noise": (0.1, 1.0, True),
              "overlap": (-0.8, 0.6, False)}  # fmt: skip
TURNS = 12
FRAMES_PER_SECOND = 100
COLLAR = 0.25
BOUNDARY = 0.3
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75)

Stretches = list[tuple[str, float, float]]


@dataclass
class Conversation:
    sound: np.ndarray
    truth: Stretches
    people: int
    recordings: list[tuple[Path, float, float, str]]


def spoken_stretches(sound: np.ndarray) -> list[tuple[float, float]]:
    """Speech of a clean recording: within 30 dB of its loud frames, pauses closed."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    loud = np.flatnonzero(level > np.percentile(level, 95) - 30)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > 30) + 1)
    return [(g[0] / 100, (g[-1] + 1) / 100) for g in groups if len(g) >= 10]


def compose(
    recordings: dict[str, list[Path]], people: int, condition: str, seed: int
) -> Conversation:
    """Turns of one or two recordings, of random people of one corpus."""
    chance = np.random.default_rng(seed)
    least, most, noisy = CONDITIONS[condition]
    speakers = chance.choice(sorted(recordings), people, replace=False)
    order = [speakers[n] for n in range(people)]
    while len(order) < TURNS:
        order.append(chance.choice([s for s in speakers if s != order[-1]]))
    loudness = {s: 10 ** (chance.uniform(-4, 4) / 20) for s in speakers}
    sound, truth, at = np.zeros(600 * SAMPLING_RATE, np.float32), [], 0.5
    recorded = []
    for speaker in order:
        for path in chance.choice(recordings[speaker], chance.integers(1, 3)):
            recording = Clip.open(path).audio()
            recording = recording / np.sqrt((recording**2).mean()) * 0.05
            spoken = spoken_stretches(recording)
            first, last = spoken[0][0], spoken[-1][1]
            part = recording[int(first * SAMPLING_RATE) : int(last * SAMPLING_RATE)]
            start = int(at * SAMPLING_RATE)
            sound[start : start + len(part)] += loudness[speaker] * part
            truth += [(speaker, at + a - first, at + b - first) for a, b in spoken]
            recorded.append((path, at, at + last - first, speaker))
            at += last - first + 0.1
        at = max(0.0, at + chance.uniform(least, most))
    sound = sound[: int((at + 1.5) * SAMPLING_RATE)]
    if noisy:
        spectrum = np.fft.rfft(chance.standard_normal(len(sound)))
        spectrum /= np.sqrt(np.arange(len(spectrum)) + 100.0)
        noise = np.fft.irfft(spectrum, len(sound))
        sound = sound + 0.005 * (noise / noise.std()).astype(np.float32)
    return Conversation(sound, sorted(truth, key=lambda t: t[1]), people, recorded)


def activity(stretches: Stretches, frames: int) -> np.ndarray:
    """Whether each person speaks in each frame: bool [frames, people]."""
    people = sorted({person for person, _, _ in stretches})
    active = np.zeros((frames, len(people)), dtype=bool)
    for person, start, end in stretches:
        rows = slice(*(round(t * FRAMES_PER_SECOND) for t in (start, end)))
        active[rows, people.index(person)] = True
    return active


def errors(truth: Stretches, answer: Stretches, seconds: float) -> dict[str, float]:
    """Seconds of speech and of error, with and without collars, and boundaries met.

    Source: NIST (2009), "The 2009 (RT-09) Rich Transcription Meeting Recognition
    Evaluation Plan".
    """
    frames = int(seconds * FRAMES_PER_SECOND)
    real, heard = activity(truth, frames), activity(answer, frames)
    together = real.T.astype(float) @ heard.astype(float)
    rows, columns = linear_sum_assignment(-together)
    right = sum(
        (real[:, r] & heard[:, c]).astype(int)
        for r, c in zip(rows, columns, strict=True)
    )
    wrong = np.maximum(real.sum(axis=1), heard.sum(axis=1)) - right
    scored = np.ones(frames, dtype=bool)
    for _, start, end in truth:
        for edge in (start, end):
            low, high = (edge - COLLAR, edge + COLLAR)
            scored[max(0, int(low * 100)) : int(high * 100)] = False
    edges = np.array([[start, end] for _, start, end in answer] or [[-9.0, -9.0]])
    met = [
        np.abs(edges[:, side] - edge).min() <= BOUNDARY
        for _, *pair in truth
        for side, edge in enumerate(pair)
    ]
    return {
        "speech": real.sum() / 100,
        "wrong": wrong.sum() / 100,
        "speech_inside": real[scored].sum() / 100,
        "wrong_inside": wrong[scored].sum() / 100,
        "met": float(np.mean(met)),
    }


def conversations(
    data: Path, corpus: str, count: int
) -> Iterator[tuple[int, str, Conversation]]:
    recordings = defaultdict(list)
    for path in sorted((data / "speech" / corpus).glob("*.ogg")):
        recordings[path.name[CORPORA[corpus]]].append(path)
    for people in PEOPLE:
        for condition in CONDITIONS:
            for number in range(count):
                seed = 1000 * people + number
                yield people, condition, compose(recordings, people, condition, seed)


def measure(data: Path, count: int, thresholds: tuple[float, ...]) -> None:
    print("corpus people condition distance | DER DER-collar people-right boundaries")
    for corpus in CORPORA:
        results = defaultdict(list)
        cpu = length = 0.0
        for people, condition, conversation in conversations(data, corpus, count):
            clip = Clip.open(conversation.sound, sampling_rate=SAMPLING_RATE)
            length += clip.span.seconds
            for threshold in (*thresholds, "known"):
                clustering.MAX_DISTANCE = threshold
                known = people if threshold == "known" else None
                began = time.process_time()
                turns = diarize(clip, people=known)
                cpu += time.process_time() - began
                answer = [(t.person, t.span.start, t.span.end) for t in turns]
                row = errors(conversation.truth, answer, clip.span.seconds)
                row["right"] = float(len({p for p, _, _ in answer}) == people)
                results[people, condition, threshold].append(row)
                results["all", condition, threshold].append(row)
        for (people, condition, threshold), rows in results.items():
            total = {key: sum(row[key] for row in rows) for key in rows[0]}
            print(
                f"{corpus} {people} {condition} {threshold} | "
                f"{total['wrong'] / total['speech']:.3f} "
                f"{total['wrong_inside'] / total['speech_inside']:.3f} "
                f"{total['right'] / len(rows):.2f} {total['met'] / len(rows):.2f}",
                flush=True,
            )
        looks = len(thresholds) + 1
        print(f"{corpus}: {cpu / length / looks:.4f} CPU seconds a second", flush=True)


if __name__ == "__main__":
    sweep = "sweep" in sys.argv
    numbers = [int(word) for word in sys.argv[2:] if word.isdigit()]
    chosen = THRESHOLDS if sweep else (clustering.MAX_DISTANCE,)
    measure(Path(sys.argv[1]), *(numbers or [3]), chosen)
