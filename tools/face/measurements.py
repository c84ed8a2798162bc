"""Numbers about how the face that a clip is about is seen."""

import numpy as np

from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Measurement
from affectgraph.tools.face.track import Look, Track

# 5th and 95th percentile among FER2013 training images.
_SHARPNESS = (0.35, 0.8)
_CONTRAST = (0.13, 0.3)


def measurements(
    clip: Clip, tracks: list[Track], coverage: float
) -> dict[str, Measurement]:
    """Of the first of the faces followed, by name."""
    views = [look.view for look in tracks[0].looks]
    size = float(np.median([view.size for view in views]))
    return {
        "coverage": Measurement(
            value=round(coverage, 3), low=0.8, high=1.0, baseline="a clip of one person"
        ),
        "faces": Measurement(value=len(tracks), low=1, high=1, baseline="one person"),
        "face size": Measurement(
            value=round(size, 1), unit="px", low=48.0, baseline="size of the crop read"
        ),
        "sharpness": _within(
            np.median([view.sharpness for view in views]), *_SHARPNESS
        ),
        "contrast": _within(np.median([view.contrast for view in views]), *_CONTRAST),
        "head turn": _angle(tracks[0].looks, 1, 20.0, "a face turned to the camera"),
        **({} if clip.still else _mouths(tracks)),
    }


def _angle(looks: list[Look], axis: int, limit: float, baseline: str) -> Measurement:
    value = round(float(np.median([look.pose[axis] for look in looks])), 1)
    return Measurement(
        value=value, unit="degrees", low=-limit, high=limit, baseline=baseline
    )


def _mouths(tracks: list[Track]) -> dict[str, Measurement]:
    """How much the mouth moves, and of the others the one that moves most."""
    others = max((track.mouth for track in tracks[1:]), default=None)
    moving = {"mouth motion": tracks[0].mouth, "mouth motion of another": others}
    return {
        name: Measurement(value=round(value, 3))
        for name, value in moving.items()
        if value is not None
    }


def _within(value: float, low: float, high: float) -> Measurement:
    baseline = "middle 90 % of FER2013 photographs"
    return Measurement(
        value=round(float(value), 3), low=low, high=high, baseline=baseline
    )
