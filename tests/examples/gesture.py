"""The sense `gesture`: how much and how often the picture moves, by optical flow.

Flow: Kroeger et al. (2016), "Fast optical flow using dense inverse search", ECCV. It
measures, and does not vote: what a movement means depends on who moves, and where.
"""

from threading import Lock

import cv2
import numpy as np

from affectgraph.agents import (
    Clip,
    Evidence,
    Measurement,
    Provenance,
    SenseError,
    Span,
    perception_tool,
)

RATE = 10.0
SIZE = (160, 120)
STROKE = 0.25


@perception_tool(modality="gesture", prefix="G", needs="video")
class Gesture:
    """Keeps one estimator of flow for all clips."""

    def __init__(self) -> None:
        preset = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST
        self._flow = cv2.DISOpticalFlow_create(preset)
        self._one_at_a_time = Lock()

    def __call__(self, clip: Clip, span: Span) -> list[Evidence]:
        """Measure speed in picture heights a second, and count strokes."""
        times, speeds = self._speeds(clip, span)
        if not len(speeds):
            raise SenseError("movement takes at least two frames")
        fast = speeds > STROKE
        strokes = int(fast[0]) + int(np.sum(fast[1:] & ~fast[:-1]))
        peak = int(np.argmax(speeds))
        return [
            Evidence(
                span=span,
                observation=f"The picture moves by {speeds.mean():.2f} of its height a "
                f"second, fastest at {times[peak]:.1f} s, in {strokes} strokes.",
                measurements={
                    "movement": Measurement(value=round(float(speeds.mean()), 3)),
                    "strokes": Measurement(value=strokes),
                },
                quality=0.6,
                provenance=Provenance(model="DIS optical flow"),
            )
        ]

    def _speeds(self, clip: Clip, span: Span) -> tuple[np.ndarray, np.ndarray]:
        """Time and speed of each step from frame to frame: the fastest tenth of it."""
        times, speeds, before = [], [], None
        for frame in clip.frames(span, rate=RATE):
            grey = cv2.cvtColor(cv2.resize(frame.image, SIZE), cv2.COLOR_RGB2GRAY)
            if before is not None and frame.time > before[0]:
                with self._one_at_a_time:
                    moved = self._flow.calc(before[1], grey, None)
                share = np.percentile(np.linalg.norm(moved, axis=2), 90) / SIZE[1]
                times.append(frame.time)
                speeds.append(share / (frame.time - before[0]))
            before = (frame.time, grey)
        return np.array(times), np.array(speeds)
