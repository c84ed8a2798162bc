"""What the face sense costs: CPU a frame, and memory over a long video.

`python tests/benchmarks/face.py`
"""

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.face.alignment import align
from affectgraph.tools.face.detection import detect
from affectgraph.tools.face.expression import classify
from affectgraph.tools.face.movements import measure
from affectgraph.tools.face.sense import face
from affectgraph.tools.face.tracking import follow

ASTRONAUT = Path(__file__).parents[2] / "agents" / "demo" / "astronaut.jpg"
_RUNS = 50
_SECONDS = 30


def main() -> None:
    """Print a table."""
    frame = cv2.resize(cv2.imread(str(ASTRONAUT)), (640, 480))[..., ::-1].copy()
    landmarks = detect(frame)[0].landmarks
    crop = align(frame, landmarks)
    print(f"detection, 640x480 frame: {_cost(lambda: detect(frame)):.1f} CPU ms")
    print(f"alignment: {_cost(lambda: align(frame, landmarks)):.2f} CPU ms")
    print(f"movements, one face: {_cost(lambda: measure([crop])):.2f} CPU ms")
    for still in (False, True):
        cost = _cost(lambda still=still: classify([crop], still=still))
        print(f"all networks, one face, still={still}: {cost:.2f} CPU ms")
    pictures = Clip.open(np.stack([frame] * 50), frame_rate=5.0)
    whole = _cost(lambda: face.perceive(pictures, pictures.span), 5) / 1000.0
    print(f"the sense on 50 pictures of 640x480: {whole:.2f} CPU s")
    before = _peak()
    for minutes in (1, 3):
        for _ in range(minutes * 60 // _SECONDS):
            follow(_frames(frame), side=320).tracks()
        print(f"peak memory after {minutes} more minutes: +{_peak() - before:.0f} MB")


def _cost(call: Callable[[], object], runs: int = _RUNS) -> float:
    call()
    times = []
    for _ in range(runs):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return 1000.0 * float(np.median(times))


def _frames(image: np.ndarray) -> Iterator[Frame]:
    return (Frame(number / 5.0, image) for number in range(_SECONDS * 5))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


if __name__ == "__main__":
    main()
