"""The timeline: distribution of each sense and their conflict, as columns and image."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from affectgraph.graphs.schema import TimelineRow, Verdict
from affectgraph.graphs.verdict.pooling import js_distance
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, mean_distribution
from affectgraph.tools.evidence import Evidence, Span

# More columns than this are indistinguishable on a page.
_MAX_COLUMNS = 120

# Width at which a mark can still be read and clicked, as a share of the clip.
_MIN_MARK_WIDTH = 0.11

COLOURS = {
    "neutral": "#9298a1",
    "happy": "#eeb014",
    "sad": "#3d72c6",
    "angry": "#d0402f",
    "fear": "#7a50c3",
    "disgust": "#4f8f3d",
    "surprise": "#17a0a6",
}

_CONFLICT_COLOUR = "#b5176f"
_DPI = 150


@dataclass(frozen=True)
class Column:
    """One span of a clip, and what each sense says about it.

    Attributes:
        span: The span, in seconds.
        distributions: Distribution of each sense, by modality.
        conflict: Largest distance between two senses, in [0, 1]; None for fewer than
            two.
    """

    span: Span
    distributions: dict[str, Distribution]
    conflict: float | None


@dataclass(frozen=True)
class Mark:
    """A piece of evidence on the timeline.

    Attributes:
        piece: The evidence.
        line: Number of the line below the lane, from 0; marks on it do not overlap.
        left: Start, as a share of the clip.
        width: Length, as a share of the clip; wide enough to be clicked.
    """

    piece: Evidence
    line: int
    left: float
    width: float


def timeline_columns(verdict: Verdict) -> list[Column]:
    """Columns between the moments at which a distribution changes.

    Too many of them are replaced by even parts. Empty for a clip without a length.
    """
    columns = []
    for start, end in pairwise(_edges(verdict)):
        span = Span(start=start, end=end)
        senses = _mean_by_sense(verdict.timeline, span)
        distances = [js_distance(a, b) for a, b in combinations(senses.values(), 2)]
        columns.append(Column(span, senses, max(distances, default=None)))
    return columns


def place_marks(evidence: Sequence[Evidence], seconds: float) -> list[Mark]:
    """Place the evidence of one sense below its lane, without overlaps."""
    ends: list[float] = []
    placed = []
    for piece in sorted(evidence, key=lambda piece: piece.span.start):
        width = min(1.0, max(piece.span.seconds / seconds, _MIN_MARK_WIDTH))
        left = min(piece.span.start / seconds, 1.0 - width)
        free = [line for line, end in enumerate(ends) if end <= left]
        line = free[0] if free else len(ends)
        ends[line : line + 1] = [left + width]
        placed.append(Mark(piece, line, left, width))
    return placed


def _edges(verdict: Verdict) -> list[float]:
    seconds = verdict.clip.seconds
    if not verdict.timeline or not seconds:
        return []
    spans = [row.span for row in verdict.timeline]
    edges = {time for span in spans for time in (span.start, span.end)}
    exact = sorted(edges | {0.0, seconds})
    if len(exact) - 1 <= _MAX_COLUMNS:
        return exact
    return [seconds * number / _MAX_COLUMNS for number in range(_MAX_COLUMNS + 1)]


def _mean_by_sense(rows: Sequence[TimelineRow], span: Span) -> dict[str, Distribution]:
    parts: dict[str, list[tuple[Distribution, float]]] = {}
    for row in rows:
        if shared := row.span.overlap(span):
            parts.setdefault(row.modality, []).append((row.distribution, shared))
    return {modality: mean_distribution(shares) for modality, shares in parts.items()}


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
