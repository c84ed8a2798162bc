"""Verification of statements about evidence, field by field."""

from collections.abc import Sequence

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.matching import (
    SECONDS,
    WITHOUT_WORDS,
    is_at,
    is_same_span,
    is_written,
    quotes,
    votes_of,
)
from affectgraph.graphs.schema.statements import (
    AgreementStatement,
    ComparisonStatement,
    LevelStatement,
    ObservationStatement,
    QuotationStatement,
    ReadingStatement,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Measurement, Span

# A denied emotion has at most this probability, relative to the top one.
_MAX_DENIED = 0.3


def verify_reading(
    said: ReadingStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """What a sense reads is in a cited vote."""
    votes = votes_of(cited, said.sense)
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
        and (said.span is None or is_same_span(said.span, piece.span))
        and (said.seconds is None or is_at(said.seconds, piece.span.seconds))
        and (said.peak is None or (peak is not None and is_at(said.peak, peak.value)))
    )


def _beyond(measured: Measurement) -> float | None:
    """How far a measurement lies outside its typical range; None if it does not."""
    if measured.low is not None and measured.value < measured.low:
        return measured.low - measured.value
    if measured.high is not None and measured.value > measured.high:
        return measured.value - measured.high
    return None


def verify_comparison(
    said: ComparisonStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """The greater share is the greater."""
    pairs = [
        (first, second)
        for first in votes_of(cited, said.senses[0])
        for second in votes_of(cited, said.senses[1])
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
    pieces = [piece for piece in cited if quotes(piece, said.words)]
    if not pieces:
        return f"nothing cited says {said.words!r}"
    if any(_is_quotation(said, piece) for piece in pieces):
        return ""
    return f"{said.words!r} is not said so"


def _is_quotation(said: QuotationStatement, piece: Evidence) -> bool:
    in_time = (
        (said.span is None or is_same_span(said.span, piece.span))
        and (said.starts is None or is_at(said.starts, piece.span.start))
        and (said.ends is None or is_at(said.ends, piece.span.end))
    )
    if said.negates:
        negates = piece.observation.endswith(" negate.")
        return in_time and negates != said.denied
    if said.emotion is None:
        return in_time and not said.denied
    if not quotes(piece, said.words, whole=True):
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
        votes = votes_of(cited, sense)
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


def _reads_during(piece: Evidence, emotion: str, span: Span) -> bool:
    """Whether a piece is about a span, or reads the emotion all through it."""
    if is_same_span(span, piece.span):
        return True
    overlapping = [m for m in piece.timeline if m.span.overlap(span) > SECONDS]
    covered = sum(moment.span.overlap(span) for moment in overlapping)
    return covered >= span.seconds - SECONDS and all(
        top_emotion(moment.distribution) == emotion for moment in overlapping
    )
