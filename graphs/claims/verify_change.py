"""Verification of statements about how something changes."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.matching import (
    MOVES,
    WITHOUT_WORDS,
    is_at,
    is_same_span,
    is_written,
    quotes,
)
from affectgraph.graphs.schema.statements import ChangeStatement
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Measurement, Span


def verify_change(
    said: ChangeStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """A measurement, a reading or a probability changes as the claim says."""
    if said.words is not None:
        right = any(_changes_without_words(said, piece) for piece in cited)
    elif said.what in MOVES:
        moves = [
            p.measurements[said.what]
            for p in cited
            if said.what in p.measurements
            and (said.span is None or is_same_span(said.span, p.span))
        ]
        right = any(_moves(said, measurement) for measurement in moves)
    else:
        votes = [piece for piece in cited if piece.modality == said.what]
        right = any(_turns(said, piece) for piece in votes) != said.denied
        right = right and any(piece.timeline for piece in votes)
    return "" if right else f"{said.what} does not change so"


def _changes_without_words(said: ChangeStatement, piece: Evidence) -> bool:
    measured = piece.measurements.get(WITHOUT_WORDS.format(said.what))
    return (
        measured is not None
        and not said.denied
        and said.direction in (None, "falls")
        and quotes(piece, said.words or "", whole=True)
        and is_written(said.before, measured.low)
        and is_written(said.after, measured.value)
        and is_written(said.amount, (measured.low or 0.0) - measured.value)
    )


def _moves(said: ChangeStatement, measured: Measurement) -> bool:
    direction = "rises" if measured.value > 0 else "falls"
    return (
        (said.direction in (None, direction)) != said.denied
        and is_written(said.amount, abs(measured.value))
        and said.unit in (None, "semitones")
    )


def _turns(said: ChangeStatement, piece: Evidence) -> bool:
    """Whether the reading of a piece turns from one emotion to another."""
    runs = reading_runs(piece)
    return any(
        said.before in (None, first)
        and said.after in (None, then)
        and (said.at is None or is_at(said.at, span.start))
        and (said.direction != "falls" or (then, span) == runs[-1])
        for (first, _), (then, span) in pairwise(runs)
    )


def reading_runs(piece: Evidence) -> list[tuple[str, Span]]:
    """The emotions that a sense reads one after the other, each with its span."""
    groups = groupby(piece.timeline, key=lambda m: top_emotion(m.distribution))
    runs = []
    for emotion, group in groups:
        moments = list(group)
        span = Span(start=moments[0].span.start, end=moments[-1].span.end)
        runs.append((emotion, span))
    return runs
