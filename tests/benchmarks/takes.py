"""Composed takes as media: `python tests/benchmarks/takes.py DATA OUT`.

    python tests/benchmarks/takes.py DATA OUT --n 175

No corpus at hand has a face, a voice and words of one person. A take therefore joins a
face (FER2013 validation, made to move), a voice (RAVDESS and EmoDB, distorted) and
words (GoEmotions and MELD dev), as in `agents.training.reasoner.evidence`: congruent,
with one of them in conflict, or sarcastic. Its speaker is that of the voice. The takes
are development material: our senses know these corpora.

`affectgraph calibrate --llm NAME OUT/manifest.csv` and `affectgraph train acts --data
OUT --out FOLDER` measure on them. Nothing of them is part of the package.
"""

import argparse
import csv
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.face import data as faces
from affectgraph.agents.training.prosody import data as voices
from affectgraph.agents.training.reasoner.evidence import compose_labels
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.emotions import BASIC_EMOTIONS

RATE, FRAME_RATE = 16_000, 10
SCALE, BORDER, MAX_SHIFT = 4, 40, 3
SILENT_SECONDS = 2.0


def moving_face(
    pixels: NDArray[np.uint8], count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Frames [n, h, w, 3] of a face that sways and whose light flickers."""
    large = pixels.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    still = np.pad(large, BORDER, constant_values=128)
    frames = []
    for _ in range(count):
        moved = np.roll(still, rng.integers(-MAX_SHIFT, MAX_SHIFT + 1, 2), (0, 1))
        frames.append(np.clip(rng.uniform(0.8, 1.2) * moved, 0, 255).astype(np.uint8))
    return np.repeat(np.stack(frames)[..., None], 3, axis=3)


def write_media(
    file: Path,
    frames: NDArray[np.uint8] | None,
    sound: NDArray[np.float32] | None,
) -> None:
    """Write frames at 10 Hz and sound at 16 kHz; either may be missing."""
    with av.open(str(file), "w") as container:
        picture = audio = None
        if frames is not None:
            picture = container.add_stream("mpeg4", rate=FRAME_RATE)
            picture.height, picture.width = frames.shape[1:3]
            picture.pix_fmt = "yuv420p"
            picture.bit_rate = 1_000_000
        if sound is not None:
            audio = container.add_stream("aac", rate=RATE, layout="mono")
        for image in frames if frames is not None else ():
            container.mux(picture.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        if picture is not None:
            container.mux(picture.encode(None))
        if audio is not None:
            part = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            part.sample_rate = RATE
            container.mux(audio.encode(part))
            container.mux(audio.encode(None))


def compose(data: Path, out: Path, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = faces.read(data / "faces" / "fer2013_validation.npz")
    shown_by = [BASIC_EMOTIONS[label] for label in images.labels]
    recordings = list(voices.read_recordings(data, without=("nemo",)))
    examples = [
        *texts.read_comments(data / "text", "dev"),
        *texts.read_dialogues(data / "text", "dev"),
    ]
    meant = texts.class_indices(examples)
    rows = []
    for number in range(n):
        label = BASIC_EMOTIONS[number % len(BASIC_EMOTIONS)]
        shown = compose_labels(label, rng)
        frames, sound, words, speaker = None, None, "", f"face{number}"
        if emotion := shown.get("prosody"):
            able = [r for r in recordings if r.emotion == emotion]
            recording = able[rng.integers(len(able))]
            sound, speaker = voices.distort(recording.signal, rng)[0], recording.speaker
        if emotion := shown.get("face"):
            able = [i for i, other in enumerate(shown_by) if other == emotion]
            seconds = SILENT_SECONDS if sound is None else len(sound) / RATE
            pixels = images.pixels[able[rng.integers(len(able))]]
            frames = moving_face(pixels, max(1, round(seconds * FRAME_RATE)), rng)
        if emotion := shown.get("transcript"):
            wanted = BASIC_EMOTIONS.index(emotion)
            able = [e.text for e, i in zip(examples, meant, strict=True) if i == wanted]
            words = able[rng.integers(len(able))]
        path = f"take{number:04d}.mp4"
        write_media(out / path, frames, sound)
        rows.append({"path": path, "text": words, "label": label, "speaker": speaker,
                     "language": "en"})  # fmt: skip
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--n", type=int, default=175)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    compose(chosen.data, chosen.out, chosen.n, chosen.seed)


if __name__ == "__main__":
    main()
