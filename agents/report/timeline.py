"""The timeline: distribution of each sense and their conflict, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from affectgraph.graphs.schema import TimelineRow, Verdict
from affectgraph.tools.emotions import (
    Distribution,
    js_distance,
    mean_distribution,
    valence_arousal,
)
from affectgraph.tools.evidence import Evidence, Span

# More columns than this are indistinguishable on a page.
_MAX_COLUMNS = 120

DIMENSIONS = ("valence", "arousal")

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

    def affect(self, sense: str) -> dict[str, float]:
        """Valence and arousal by name, each in [-1, 1], under what a sense says."""
        values = valence_arousal(self.distributions[sense])
        return dict(zip(DIMENSIONS, values, strict=True))


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


def affect_paths(columns: Sequence[Column]) -> dict[str, dict[str, str]]:
    """Lines of valence and arousal over time, one for each sense.

    Returns:
        Dimension to sense to the commands of an SVG path, in seconds to the right and
        -1 to 1 downwards, so that positive values lie above zero.
    """
    senses = list(
        dict.fromkeys(name for part in columns for name in part.distributions)
    )
    return {
        dimension: {sense: _path(columns, sense, dimension) for sense in senses}
        for dimension in DIMENSIONS
    }


def _path(columns: Sequence[Column], sense: str, dimension: str) -> str:
    commands, before = [], None
    for part in columns:
        if sense in part.distributions:
            height = f"{-part.affect(sense)[dimension]:.3f}"
            joined = before == part.span.start
            start = f"V{height}" if joined else f"M{part.span.start:g} {height}"
            commands.append(f"{start}H{part.span.end:g}")
            before = part.span.end
    return "".join(commands)


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
