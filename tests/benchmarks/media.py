"""Clips to measure on: the demo's face and voice at 640x480 and 25 frames a second."""

import sys
import wave
from pathlib import Path

import av
import cv2
import numpy as np

RATE = 16_000


def write_clip(path: Path, seconds: float, seed: int = 0) -> None:
    """A face that sways and a voice that goes on; no two seeds give the same sound."""
    from affectgraph.agents.demo import demo_clip

    demo, rng = demo_clip(), np.random.default_rng(seed)
    (picture,) = demo.frames()
    image = cv2.resize(picture.image, (480, 480))
    canvas = np.full((480, 640, 3), 60, np.uint8)
    voice = np.resize(demo.audio(), round(seconds * RATE))
    voice = (voice + rng.normal(0, 1e-3, len(voice))).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        sound = container.add_stream("aac", rate=RATE, layout="mono")
        for number in range(round(seconds * 25)):
            shift = round(80 + 60 * np.sin(number / 20))
            frame = canvas.copy()
            frame[:, shift : shift + 480] = image
            coded = av.VideoFrame.from_ndarray(frame)
            coded.pts = number
            container.mux(stream.encode(coded))
        container.mux(stream.encode(None))
        part = av.AudioFrame.from_ndarray(voice[None], format="fltp", layout="mono")
        part.sample_rate = RATE
        container.mux(sound.encode(part))
        container.mux(sound.encode(None))
    write_wave(path.with_suffix(".wav"), voice)


def write_wave(path: Path, voice: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((voice * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    write_clip(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
