"""`timeline.png`: all senses over time, their conflict, and the label."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from affectgraph.agents.report.colours import COLOURS
from affectgraph.agents.report.timeline import Column, timeline_columns
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import BASIC_EMOTIONS

_CONFLICT_COLOUR = "#b5176f"
_DPI = 150


def draw_timeline(verdict: Verdict, file: Path) -> None:
    """Write the timeline as a PNG file; nothing for a clip without a length."""
    from matplotlib.figure import Figure

    parts = timeline_columns(verdict)
    if not parts:
        return
    senses = list(dict.fromkeys(name for part in parts for name in part.distributions))
    figure = Figure(figsize=(9, 1.9 + 0.9 * len(senses)), layout="constrained")
    heights = [0.35] + [1.0] * len(senses)
    conflict_axes, *lanes = figure.subplots(
        len(heights), 1, sharex=True, height_ratios=heights, squeeze=False
    )[:, 0]
    _draw_conflict(conflict_axes, parts)
    for axes, sense in zip(lanes, senses, strict=True):
        _draw_lane(axes, parts, sense)
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
