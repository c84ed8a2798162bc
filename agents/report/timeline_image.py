"""`timeline.png`: all senses over time, their conflict, and the label."""

from collections.abc import Sequence
from itertools import cycle
from math import nan
from pathlib import Path
from typing import Any

from affectgraph.agents.report.timeline import (
    COLOURS,
    DIMENSIONS,
    Column,
    timeline_columns,
)
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import BASIC_EMOTIONS

_CONFLICT_COLOUR = "#b5176f"
_DPI = 150
_LINE_STYLES = ("-", "--", ":", "-.")


def draw_timeline(verdict: Verdict, file: Path) -> None:
    """Write the timeline as a PNG file; nothing for a clip without a length."""
    from matplotlib.figure import Figure

    parts = timeline_columns(verdict)
    if not parts:
        return
    senses = list(dict.fromkeys(name for part in parts for name in part.distributions))
    figure = Figure(figsize=(9, 3.3 + 0.9 * len(senses)), layout="constrained")
    heights = [0.35] + [1.0] * len(senses) + [0.8] * len(DIMENSIONS)
    conflict_axes, *lanes = figure.subplots(
        len(heights), 1, sharex=True, height_ratios=heights, squeeze=False
    )[:, 0]
    _draw_conflict(conflict_axes, parts)
    for axes, sense in zip(lanes, senses, strict=False):
        _draw_lane(axes, parts, sense)
    for axes, dimension in zip(lanes[len(senses) :], DIMENSIONS, strict=True):
        _draw_affect(axes, parts, senses, dimension)
    lanes[-1].legend(loc="lower right", ncols=len(senses), fontsize=7, frameon=False)
    lanes[-1].set_xlabel("seconds")
    lanes[-1].set_xlim(0, verdict.clip.seconds)
    figure.suptitle(_title(verdict), fontsize=11)
    bars, names = lanes[0].get_legend_handles_labels()
    figure.legend(
        bars, names, loc="outside lower center", ncols=7, fontsize=8, frameon=False
    )
    figure.savefig(file, dpi=_DPI)


def _title(verdict: Verdict) -> str:
    label = verdict.label or "no answer"
    confidence = f", confidence {verdict.confidence:.2f}" if verdict.label else ""
    name = verdict.clip.name.replace("$", r"\$")
    return f"{name}: {label}{confidence}"


def _draw_conflict(axes: Any, parts: Sequence[Column]) -> None:
    for part in parts:
        if part.conflict is not None:
            axes.axvspan(
                part.span.start,
                part.span.end,
                color=_CONFLICT_COLOUR,
                alpha=part.conflict,
                lw=0,
            )
    axes.set_yticks([])
    axes.set_ylabel("conflict", rotation=0, ha="right", va="center")


def _draw_lane(axes: Any, parts: Sequence[Column], sense: str) -> None:
    parts = [part for part in parts if sense in part.distributions]
    starts = [part.span.start for part in parts]
    lengths = [part.span.seconds for part in parts]
    below = [0.0] * len(parts)
    for emotion in BASIC_EMOTIONS:
        shares = [part.distributions[sense][emotion] for part in parts]
        axes.bar(
            starts, shares, lengths, below, align="edge", lw=0,
            color=COLOURS[emotion], label=emotion,
        )  # fmt: skip
        below = [b + s for b, s in zip(below, shares, strict=True)]
    axes.set(ylim=(0, 1), yticks=[])
    axes.set_ylabel(sense, rotation=0, ha="right", va="center")


def _draw_affect(
    axes: Any, parts: Sequence[Column], senses: Sequence[str], dimension: str
) -> None:
    """A line for each sense, from -1 to 1."""
    axes.axhline(0.0, color="#c8c8c8", lw=0.8)
    for sense, style in zip(senses, cycle(_LINE_STYLES)):
        edges, values = [], []
        for part in parts:
            is_present = sense in part.distributions
            value = part.affect(sense)[dimension] if is_present else nan
            edges += [part.span.start, part.span.end]
            values += [value, value]
        axes.plot(edges, values, style, color="#333333", lw=1.3, label=sense)
    axes.set(ylim=(-1, 1), yticks=[-1, 0, 1])
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylabel(dimension, rotation=0, ha="right", va="center")
