"""What a verdict costs: `python tests/benchmarks/verdict.py [SECONDS] [--llm NAME]`.

CPU seconds of this process, one clip of a face and a voice at 640x480; the import, the
first verdict (models load), and the median of five more, each on a clip never seen
before; and the most memory held. These machines are noisy: compare, do not quote.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import av
import cv2
import numpy as np

T = TypeVar("T")
ROUNDS = 5
IMPORT = (
    "import time; t = time.process_time(); import affectgraph.agents; "
    "print(time.process_time() - t)"
)


def cpu(work: Callable[[], T]) -> tuple[float, T]:
    started = time.process_time()
    done = work()
    return time.process_time() - started, done


def write_clip(path: Path, seconds: float, seed: int) -> None:
    from affectgraph.agents.cli.demo import demo_clip

    demo, rng = demo_clip(), np.random.default_rng(seed)
    (picture,) = demo.frames()
    image = cv2.resize(picture.image, (480, 480))
    canvas = np.full((480, 640, 3), 60, np.uint8)
    voice = np.resize(demo.audio(), round(seconds * 16_000))
    voice = voice + rng.normal(0, 1e-3, len(voice))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        sound = container.add_stream("aac", rate=16_000, layout="mono")
        for number in range(round(seconds * 25)):
            shift = round(80 + 60 * np.sin(number / 20))
            frame = canvas.copy()
            frame[:, shift : shift + 480] = image
            coded = av.VideoFrame.from_ndarray(frame)
            coded.pts = number
            container.mux(stream.encode(coded))
        container.mux(stream.encode(None))
        part = av.AudioFrame.from_ndarray(
            voice[None].astype(np.float32), format="fltp", layout="mono"
        )
        part.sample_rate = 16_000
        container.mux(sound.encode(part))
        container.mux(sound.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=10.0)
    parser.add_argument("--llm")
    chosen = parser.parse_args()
    imports = [
        float(subprocess.check_output([sys.executable, "-c", IMPORT]))
        for _ in range(ROUNDS)
    ]
    print(f"import affectgraph.agents: {statistics.median(imports):.2f} CPU s")
    from affectgraph.agents import EmotionAgent

    agent = EmotionAgent(llm=chosen.llm)
    with tempfile.TemporaryDirectory() as folder:
        clips = [Path(folder) / f"{number}.mp4" for number in range(ROUNDS + 1)]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as aside:
            seconds = [chosen.seconds] * len(clips)
            list(aside.map(write_clip, clips, seconds, range(len(clips))))
        cold, _ = cpu(lambda: agent.analyze(clips[0]))
        warm = [cpu(lambda clip=clip: agent.analyze(clip))[0] for clip in clips[1:]]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{chosen.seconds:g} s clip, first: {cold:.2f} CPU s, models load")
    print(
        f"{chosen.seconds:g} s clip, warm: {statistics.median(warm):.2f} CPU s "
        f"({min(warm):.2f}-{max(warm):.2f})"
    )
    print(f"peak memory: {peak:.0f} MB")


if __name__ == "__main__":
    main()
