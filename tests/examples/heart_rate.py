"""The sense `heart_rate`: a pulse recorded with the clip, in a table beside it.

`talk.mp4` has its pulse in `talk.csv`, with the columns `seconds` and `bpm`. A pulse
tells how aroused somebody is, not by which emotion: it measures, and does not vote.
"""

import csv
from pathlib import Path

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

# Heart rate of adults at rest: American Heart Association, "All about heart rate".
RESTING = (60.0, 100.0)
POSSIBLE = (25.0, 250.0)


@perception_tool(modality="heart", prefix="H")
def heart_rate(clip: Clip, span: Span) -> list[Evidence]:
    """Compare the pulse of a span with that of adults at rest."""
    seconds, bpm = _read(clip)
    inside = (seconds >= span.start) & (seconds <= span.end)
    if not inside.any():
        raise SenseError(f"no pulse was recorded in {span}")
    mean, peak = float(bpm[inside].mean()), int(np.argmax(np.where(inside, bpm, 0)))
    low, high = RESTING
    measured = Measurement(
        value=round(mean, 1), unit="bpm", low=low, high=high, baseline="adults at rest"
    )
    return [
        Evidence(
            span=span,
            observation=f"The heart beats {mean:.0f} times a minute on average, "
            f"fastest at {seconds[peak]:.1f} s ({bpm[peak]:.0f}); "
            f"at rest it is {low:.0f} to {high:.0f}.",
            measurements={"heart rate": measured},
            arousal=float(np.clip((mean - (low + high) / 2) / (high - low), -1, 1)),
            quality=0.8,
            provenance=Provenance(model="heart_rate"),
        )
    ]


def _read(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    table = None if clip.path is None else clip.path.with_suffix(".csv")
    if table is None or not table.is_file():
        raise SenseError("no table of the pulse lies beside the clip")
    try:
        with Path(table).open(newline="", encoding="utf-8") as file:
            rows = [
                (float(r["seconds"]), float(r["bpm"])) for r in csv.DictReader(file)
            ]
    except (KeyError, TypeError, ValueError) as error:
        raise SenseError(
            f"{table.name}: no numbers as seconds,bpm ({error})"
        ) from error
    slowest, fastest = POSSIBLE
    if not rows or not all(slowest <= bpm <= fastest for _, bpm in rows):
        raise SenseError(
            f"{table.name}: no pulse of {slowest:.0f} to {fastest:.0f} bpm"
        )
    seconds, bpm = np.array(rows).T
    return seconds, bpm
