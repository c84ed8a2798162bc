"""Verification: every field of a statement is compared with the facts.

`statement_problem` returns why a statement is rejected, or an empty string. Numbers are
right if they are the measured ones, rounded to the decimals that are written.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Literal

from affectgraph.graphs.claims.facts import MIN_LOG_ODDS, Facts
from affectgraph.graphs.claims.statements import (
    AgreementStatement,
    ChangeStatement,
    ComparisonStatement,
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    LevelStatement,
    ObservationStatement,
    PrecedentStatement,
    QuotationStatement,
    ReadingStatement,
    Statement,
)
from affectgraph.graphs.claims.words import plain_words, quotations
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Measurement, Span

# A denied emotion has at most this probability, relative to the top one.
_MAX_DENIED = 0.3
# Confidence from which an answer is likely, and from which it is clear.
LIKELY, CLEAR = 0.55, 0.8
# A contribution that "hardly counts" is at most this large, in log-odds.
_MAX_LITTLE = 0.15
# Contributions whose ratio is lower hardly differ: no reason is given for it.
_MIN_RATIO = 1.05
# Seconds are written with one decimal.
_SECONDS = 0.051
# Measurements of how a piece changes: the sign is the direction.
MOVES = ("pitch_move", "ending")
WITHOUT_WORDS = "probability of {} without"


def statement_problem(
    statement: Statement, cites: Sequence[str], facts: Facts
) -> str:
    """Why a statement must be rejected; empty if every field is right.

    Args:
        statement: The statement.
        cites: Ids of the evidence and cases that its sentence cites.
        facts: What it is compared with.
    """
    cited = [facts.evidence[name] for name in cites if name in facts.evidence]
    return _VERIFIERS[statement.kind](statement, cited, facts, cites)


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


def _reading(
    said: ReadingStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
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


def _level(
    said: LevelStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
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
        and (said.span is None or _same_span(said.span, piece.span))
        and (said.peak is None or (peak is not None and _at(said.peak, peak.value)))
    )


def _change(
    said: ChangeStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    if said.words is not None:
        right = any(_changes_without_words(said, piece) for piece in cited)
    elif said.what in MOVES:
        moves = [p.measurements[said.what] for p in cited if said.what in p.measurements]
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


def _comparison(
    said: ComparisonStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
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
        if right and is_written(shares[0], greater) and is_written(shares[1], lesser):
            return ""
    return f"{said.emotions[0]} and {said.emotions[1]} compare otherwise"


def _quotation(
    said: QuotationStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
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
        return in_time and piece.observation.endswith(" negate.")
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


def _agreement(
    said: AgreementStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
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


def _precedent(
    said: PrecedentStatement, _: list[Evidence], facts: Facts, cites: Sequence[str]
) -> str:
    cited = [facts.cases[name] for name in cites if name in facts.cases]
    labels = [case.case.label for case in facts.cases.values()]
    if not cited:
        return "it cites no case"
    if said.count is not None:
        count = len(labels) if said.count == "all" else said.count
        right = labels.count(said.label) == count and said.of in (None, len(labels))
        return "" if right else f"the cases are labelled {', '.join(labels)}"
    matching = [case for case in cited if case.case.label == said.label]
    if said.denied:
        return f"the case is labelled {said.label}" if matching else ""
    for case in matching:
        rivals = [c for c in facts.cases.values() if c is not case]
        if said.nearest == "label":
            rivals = [c for c in rivals if c.case.label == said.label]
        nearest = all(case.similarity >= rival.similarity for rival in rivals)
        others = [c for c in cited if c.case.label == said.than]
        less = said.than is None or any(
            case.similarity > other.similarity
            and is_written(said.than_similarity, other.similarity)
            for other in others
        )
        if (
            (nearest or said.nearest is None)
            and less
            and is_written(said.similarity, case.similarity)
        ):
            return ""
    return f"no case cited is {said.label} so"


def _counterfactual(
    said: CounterfactualStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    unknown = [name for name in said.without if name not in facts.terms]
    if unknown or not said.without:
        return f"{' and '.join(unknown)} has no say that could be left out"
    if not any(_cites(name, cited, facts) for name in said.without):
        return f"it cites no evidence of {said.without[0]}"
    groups = [(name,) for name in said.without] if said.each else [said.without]
    for group in groups:
        leading = facts.leading_without(group)
        changes = leading != facts.leading
        names_it = said.label is None or (leading == said.label) != said.denied
        if leading is None or not names_it or said.changes not in (None, changes):
            return f"without {' and '.join(group)} it would be {leading or 'open'}"
    return ""


def _contribution(
    said: ContributionStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    if not facts.terms or not facts.leading:
        return "no contribution is known"
    if said.expert not in (None, *facts.terms):
        return f"{said.expert} has no say"
    if said.expert is not None and not _cites(said.expert, cited, facts):
        return f"it cites no evidence of {said.expert}"
    problems = [_contribution_problem(said, r, facts) for r in _rivals(said, facts)]
    return "" if "" in problems else problems[0]


def _rivals(said: ContributionStatement, facts: Facts) -> list[str]:
    """The rival that is named, or the runner-up.

    Who speaks against an emotion, without a number, may do so for any other.
    """
    usual = facts.runner_up if said.emotion == facts.leading else facts.leading
    if said.rival or said.expert is None or said.side != "against" or said.log_odds:
        return [said.rival or usual]
    return [usual, *(e for e in BASIC_EMOTIONS if e not in (usual, said.emotion))]


def _contribution_problem(
    said: ContributionStatement, rival: str, facts: Facts
) -> str:
    parts = {n: facts.log_odds(n, said.emotion, rival) or 0.0 for n in facts.experts}
    if said.expert is None:
        worst = min(parts, key=lambda name: parts[name])
        right = parts[worst] > -MIN_LOG_ODDS
        return "" if right else f"{worst} speaks against {said.emotion}"
    if _is_contribution(said, parts) and _is_because(said, parts, facts):
        return ""
    return f"{said.expert} adds {parts[said.expert]:+.2f} to {said.emotion}"


def _is_contribution(said: ContributionStatement, parts: dict[str, float]) -> bool:
    own = parts[said.expert or ""]
    sign = -1.0 if said.side == "against" else 1.0
    if said.denied:
        return sign * own < MIN_LOG_ODDS
    same_side = [sign * part for part in parts.values()]
    return (
        (said.side is None or sign * own > 0)
        and is_written(said.log_odds, abs(own))
        and (not said.most or sign * own >= max(same_side))
        and (not said.little or abs(own) <= _MAX_LITTLE)
        and (said.over is None or abs(own) > abs(parts.get(said.over, abs(own))))
        and (
            said.over_log_odds is None
            or is_written(said.over_log_odds, abs(parts[said.over or ""]))
        )
    )


def _is_because(
    said: ContributionStatement, parts: dict[str, float], facts: Facts
) -> bool:
    """Whether an expert outweighs another for the reason that is given."""
    if said.because is None:
        return True
    return said.because == weighs_more_because(
        said.expert or "", said.over or "", parts, facts
    )


def weighs_more_because(
    expert: str, other: str, parts: dict[str, float], facts: Facts
) -> Literal["clearer", "trusted"] | None:
    """Why a sense contributes more: trust times evidence, whichever differs more.

    Returns:
        `clearer` if its reading is surer, `trusted` if its trust is higher; None if
        neither is known or the contributions hardly differ.
    """
    trusts = facts.trust(expert), facts.trust(other)
    known = min(trusts) > 0 and {expert, other} <= facts.votes.keys()
    ratio = abs(parts[expert] / parts[other]) if known and parts.get(other) else 0.0
    if ratio < _MIN_RATIO:
        return None
    by_trust = trusts[0] / trusts[1]
    if by_trust > 1.0 and by_trust * by_trust > ratio:
        return "trusted"
    first, second = (
        max(facts.votes[name].distribution.values()) for name in (expert, other)
    )
    return "clearer" if first > second else None


def _conclusion(
    said: ConclusionStatement, _: list[Evidence], facts: Facts, __: Sequence[str]
) -> str:
    right = (
        (said.label == facts.leading) != said.denied
        and said.rival in (None, facts.runner_up)
        and is_written(said.confidence, facts.confidence)
        and (facts.abstains or not said.abstains)
        and (said.sure is None or said.sure == (facts.confidence >= LIKELY))
        and (said.reason is None or (said.reason, said.senses) == sure_because(facts))
    )
    return "" if right else f"it comes to {facts.leading} ({facts.confidence:.2f})"


def sure_because(facts: Facts) -> tuple[Any, tuple[str, ...]]:
    """What makes the answer as sure as it is, and the senses that it is about."""
    senses = tuple(facts.votes)
    if facts.unfamiliar:
        return "unfamiliar", senses
    if facts.conflicts:
        return "conflict", facts.conflicts[0].modalities
    if len(senses) == 1:
        return "one sense", senses
    tops = {name: top_emotion(vote.distribution) for name, vote in facts.votes.items()}
    leading = tuple(name for name in senses if tops[name] == facts.leading)
    return ("agreement" if len(leading) == len(senses) else "doubt"), leading


def _observation(
    said: ObservationStatement, cited: list[Evidence], _: Facts, __: Sequence[str]
) -> str:
    observed = any(piece.observation == said.text for piece in cited)
    return "" if observed else "nothing cited was observed so"


_Verifier = Callable[[Any, list[Evidence], Facts, Sequence[str]], str]
_VERIFIERS: dict[str, _Verifier] = {
    "reading": _reading,
    "level": _level,
    "change": _change,
    "comparison": _comparison,
    "quotation": _quotation,
    "agreement": _agreement,
    "precedent": _precedent,
    "counterfactual": _counterfactual,
    "contribution": _contribution,
    "conclusion": _conclusion,
    "observation": _observation,
}


def _cites(expert: str, cited: list[Evidence], facts: Facts) -> bool:
    """Whether evidence of an expert is cited, if it is a sense."""
    modalities = {piece.modality for piece in cited}
    return expert not in facts.votes or expert in modalities


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

