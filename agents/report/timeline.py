"""The timeline as columns: what each sense says, and how far they disagree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from affectgraph.graphs.schema import TimelineRow, Verdict
from affectgraph.graphs.verdict.nodes.fuse import js_distance
from affectgraph.tools.emotions import Distribution, mean_distribution
from affectgraph.tools.evidence import Evidence, Span

# More columns than this cannot be told apart on a page.
_COLUMNS = 120

# The shortest mark that can be read and pressed, as a share of the clip.
_SHORTEST_MARK = 0.11


@dataclass(frozen=True)
class Column:
    """One stretch of a clip, and what is said about it.

    Attributes:
        span: When.
        said: What each sense says, by modality.
        conflict: Largest distance between two senses, in [0, 1]; None for fewer.
    """

    span: Span
    said: dict[str, Distribution]
    conflict: float | None


@dataclass(frozen=True)
class Mark:
    """A piece of evidence on the timeline.

    Attributes:
        piece: The evidence.
        line: Below the lane, from 0, so that marks do not overlap.
        left: Where it begins, as a share of the clip.
        width: How long it is, as a share of the clip; long enough to be pressed.
    """

    piece: Evidence
    line: int
    left: float
    width: float


def columns(verdict: Verdict) -> list[Column]:
    """The timeline between every two moments at which something changes.

    A long clip is cut into even parts. Empty for a clip without time.
    """
    found = []
    for start, end in pairwise(_edges(verdict)):
        span = Span(start=start, end=end)
        said = _said(verdict.timeline, span)
        pairs = combinations(said.values(), 2)
        conflict = max((js_distance(one, other) for one, other in pairs), default=None)
        found.append(Column(span, said, conflict))
    return found


def marks(evidence: Sequence[Evidence], seconds: float) -> list[Mark]:
    """Evidence of one sense beneath its lane, those that overlap on separate lines."""
    ends: list[float] = []
    placed = []
    for piece in sorted(evidence, key=lambda piece: piece.span.start):
        width = min(1.0, max(piece.span.seconds / seconds, _SHORTEST_MARK))
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
    if len(exact) - 1 <= _COLUMNS:
        return exact
    return [seconds * number / _COLUMNS for number in range(_COLUMNS + 1)]


def _said(rows: Sequence[TimelineRow], span: Span) -> dict[str, Distribution]:
    heard: dict[str, list[tuple[Distribution, float]]] = {}
    for row in rows:
        if shared := row.span.overlap(span):
            heard.setdefault(row.modality, []).append((row.distribution, shared))
    return {modality: mean_distribution(parts) for modality, parts in heard.items()}
