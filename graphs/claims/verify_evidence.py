"""Verification of statements about evidence, field by field."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.words import plain_words, quotations
from affectgraph.graphs.schema.statements import (
    AgreementStatement,
    ChangeStatement,
    ComparisonStatement,
    LevelStatement,
    ObservationStatement,
    QuotationStatement,
    ReadingStatement,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Measurement, Span

# Seconds are written with one decimal.
_SECONDS = 0.051


# Measurements of how a piece changes: the sign is the direction.
MOVES = ("pitch_move", "ending")


WITHOUT_WORDS = "probability of {} without"


# A denied emotion has at most this probability, relative to the top one.
_MAX_DENIED = 0.3


def is_written(number: str | None, value: float | None) -> bool:
    """Whether a written number is this value, rounded to its decimals.

    Example:
        >>> is_written("0.8", 0.84), is_written("0.80", 0.84), is_written(None, 0.84)
        (True, False, True)
    """
    if number is None:
        return True
    if value is None:
        return False
    half_unit = 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-9
    return abs(float(number) - value) <= half_unit


def reading_runs(piece: Evidence) -> list[tuple[str, Span]]:
    """The emotions that a sense reads one after the other, each with its span."""
    groups = groupby(piece.timeline, key=lambda m: top_emotion(m.distribution))
    runs = []
    for emotion, group in groups:
        moments = list(group)
        span = Span(start=moments[0].span.start, end=moments[-1].span.end)
        runs.append((emotion, span))
    return runs


def verify_reading(
    said: ReadingStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """What a sense reads is in a cited vote."""
    votes = _votes(cited, said.sense)
    if not votes:
        return f"it cites no vote of {said.sense}"
    for piece in votes:
        vote = piece.distribution or {}
        ranked = sorted(BASIC_EMOTIONS, key=lambda e: -vote[e])
        if said.denied:
            right = vote[said.emotion] <= _MAX_DENIED * vote[ranked[0]]
        else:
            right = ranked[said.rank - 1] == said.emotion
        in_time = said.span is None or _reads_during(piece, said.emotion, said.span)
        if right and in_time and is_written(said.share, vote[said.emotion]):
            return ""
    return f"{said.sense} does not read {said.emotion} so"


def verify_level(
    said: LevelStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """A measurement lies where the claim says."""
    pieces = [p for p in cited if said.measurement in p.measurements]
    if not pieces:
        return f"it cites no measurement of {said.measurement}"
    if any(_is_level(said, piece) for piece in pieces):
        return ""
    stated = " ".join(filter(None, (said.direction, said.value, said.unit)))
    return f"{said.measurement} is not {stated} in the evidence cited"


def _is_level(said: LevelStatement, piece: Evidence) -> bool:
    measured = piece.measurements[said.measurement]
    peak = piece.measurements.get("peak")
    actual = measured.direction
    matches = said.direction in (None, actual) or (
        said.direction == "outside" and actual in ("low", "high")
    )
    return (
        matches != said.denied
        and {*said.senses} <= {piece.modality}
        and is_written(said.value, measured.value)
        and said.unit in (None, measured.unit, measured.unit.partition("/")[0])
        and is_written(said.low, measured.low)
        and is_written(said.high, measured.high)
        and is_written(said.beyond, _beyond(measured))
        and (said.span is None or _same_span(said.span, piece.span))
        and (said.seconds is None or _at(said.seconds, piece.span.seconds))
        and (said.peak is None or (peak is not None and _at(said.peak, peak.value)))
    )


def _beyond(measured: Measurement) -> float | None:
    """How far a measurement lies outside its typical range; None if it does not."""
    if measured.low is not None and measured.value < measured.low:
        return measured.low - measured.value
    if measured.high is not None and measured.value > measured.high:
        return measured.value - measured.high
    return None


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
            and (said.span is None or _same_span(said.span, p.span))
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
        and _quotes(piece, said.words or "", whole=True)
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
        and (said.at is None or _at(said.at, span.start))
        and (said.direction != "falls" or (then, span) == runs[-1])
        for (first, _), (then, span) in pairwise(runs)
    )


def verify_comparison(
    said: ComparisonStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """The greater share is the greater."""
    pairs = [
        (first, second)
        for first in _votes(cited, said.senses[0])
        for second in _votes(cited, said.senses[1])
    ]
    if not pairs:
        return f"it cites no votes of {' and '.join(dict.fromkeys(said.senses))}"
    for first, second in pairs:
        greater = (first.distribution or {})[said.emotions[0]]
        lesser = (second.distribution or {})[said.emotions[1]]
        shares = said.shares or (None, None)
        right = (greater > lesser) != said.denied
        right = right and is_written(said.margin, greater - lesser)
        if right and is_written(shares[0], greater) and is_written(shares[1], lesser):
            return ""
    return f"{said.emotions[0]} and {said.emotions[1]} compare otherwise"


def verify_quotation(
    said: QuotationStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """The words were recognised, and carry that emotion."""
    pieces = [piece for piece in cited if _quotes(piece, said.words)]
    if not pieces:
        return f"nothing cited says {said.words!r}"
    if any(_is_quotation(said, piece) for piece in pieces):
        return ""
    return f"{said.words!r} is not said so"


def _is_quotation(said: QuotationStatement, piece: Evidence) -> bool:
    in_time = (
        (said.span is None or _same_span(said.span, piece.span))
        and (said.starts is None or _at(said.starts, piece.span.start))
        and (said.ends is None or _at(said.ends, piece.span.end))
    )
    if said.negates:
        negates = piece.observation.endswith(" negate.")
        return in_time and negates != said.denied
    if said.emotion is None:
        return in_time and not said.denied
    if not _quotes(piece, said.words, whole=True):
        return False
    carried = WITHOUT_WORDS.format(said.emotion) in piece.measurements
    vote = piece.distribution or {}
    read = bool(vote) and top_emotion(vote) == said.emotion
    if said.denied:
        return False
    share_fits = is_written(said.share, vote.get(said.emotion))
    return in_time and (carried or read) and share_fits


def verify_agreement(
    said: AgreementStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """The senses have the same emotion on top, or all different ones."""
    tops = []
    for sense in said.senses:
        votes = _votes(cited, sense)
        if not votes:
            return f"it cites no vote of {sense}"
        tops.append(top_emotion(votes[0].distribution or {}))
    agree = len(set(tops)) == 1
    apart = len(set(tops)) == len(tops)
    if not (agree if said.agree else apart):
        return f"they read {', '.join(tops)}"
    named = list(said.emotions)
    if named and named not in (tops, list(dict.fromkeys(tops))):
        return f"they read {', '.join(tops)}"
    return ""


def verify_observation(
    said: ObservationStatement, cited: list[Evidence], _: Facts, __: Sequence[str]
) -> str:
    """A cited piece was observed in these words."""
    observed = any(piece.observation == said.text for piece in cited)
    return "" if observed else "nothing cited was observed so"


def _votes(cited: Iterable[Evidence], sense: str) -> list[Evidence]:
    return [p for p in cited if p.modality == sense and p.distribution is not None]


def _quotes(piece: Evidence, words: str, *, whole: bool = False) -> bool:
    """Whether a piece quotes these words, within or as a whole quotation."""
    wanted = f" {plain_words(words)} "
    for quotation in quotations(piece.observation):
        quoted = f" {plain_words(quotation)} "
        if wanted == quoted or (not whole and wanted in quoted):
            return bool(wanted.strip())
    return False


def _reads_during(piece: Evidence, emotion: str, span: Span) -> bool:
    """Whether a piece is about a span, or reads the emotion all through it."""
    if _same_span(span, piece.span):
        return True
    overlapping = [m for m in piece.timeline if m.span.overlap(span) > _SECONDS]
    covered = sum(moment.span.overlap(span) for moment in overlapping)
    return covered >= span.seconds - _SECONDS and all(
        top_emotion(moment.distribution) == emotion for moment in overlapping
    )


def _same_span(first: Span, second: Span) -> bool:
    return (
        abs(first.start - second.start) <= _SECONDS
        and abs(first.end - second.end) <= _SECONDS
    )


def _at(written: str, seconds: float) -> bool:
    return abs(float(written) - seconds) <= _SECONDS
