"""Do speaker vectors know a person whatever they feel?

Equal error rate of deciding, from two recordings, whether one person speaks; all pairs
within a corpus, emotions at random.

    python tests/benchmarks/speakers.py DATA [RECORDINGS]
"""

import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from affectgraph.tools.audio.filterbank import filterbank
from affectgraph.tools.audio.voice_activity import find_speech
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.diarization.speaker_vector import speaker_vector

# Folder, and where the name of a speaker is in the name of a recording.
CORPORA = {
    "speech/emodb": slice(0, 2),
    "speech/ravdess": slice(18, 20),
    "speech/nemo": slice(0, 3),
    "bursts/clips": slice(0, 6),
}
MIN_SECONDS = 0.5


def speech_of(path: Path, burst: bool) -> np.ndarray:
    sound = Clip.open(path).audio()
    if burst:
        return sound
    parts = [
        sound[int(a * SAMPLING_RATE) : int(b * SAMPLING_RATE)]
        for a, b in find_speech(sound)
    ]
    return np.concatenate([sound[:0], *parts])


def equal_error_rate(same: np.ndarray, different: np.ndarray) -> tuple[float, float]:
    """The rate at which both errors are equally frequent, and its similarity."""
    at = np.sort(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), at) / len(same)
    accepted = 1 - np.searchsorted(np.sort(different), at) / len(different)
    best = np.abs(missed - accepted).argmin()
    return float(missed[best] + accepted[best]) / 2, float(at[best])


def measure(data: Path, count: int) -> None:
    for folder, who in CORPORA.items():
        recordings = defaultdict(list)
        for path in sorted((data / folder).glob("*.ogg")):
            recordings[path.name[who]].append(path)
        chance = np.random.default_rng(0)
        names, vectors, cpu, seconds = [], [], 0.0, 0.0
        for name, paths in recordings.items():
            for path in chance.permutation(paths)[:count]:
                speech = speech_of(path, folder.startswith("bursts"))
                if len(speech) < MIN_SECONDS * SAMPLING_RATE:
                    continue
                began = time.process_time()
                vectors.append(speaker_vector(filterbank(speech)))
                cpu += time.process_time() - began
                seconds += len(speech) / SAMPLING_RATE
                names.append(name)
        rows, columns = np.triu_indices(len(names), 1)
        similarity = (np.stack(vectors) @ np.stack(vectors).T)[rows, columns]
        same = np.array(names)[rows] == np.array(names)[columns]
        rate, at = equal_error_rate(similarity[same], similarity[~same])
        print(
            f"{folder}: {len(recordings)} people, {len(names)} recordings of "
            f"{seconds / len(names):.1f} s: EER {rate:.3f} at {at:.2f}; same "
            f"{similarity[same].mean():.2f}, different {similarity[~same].mean():.2f}; "
            f"{cpu / seconds:.3f} CPU seconds a second",
            flush=True,
        )


if __name__ == "__main__":
    measure(Path(sys.argv[1]), *[int(word) for word in sys.argv[2:] or ["10"]])
