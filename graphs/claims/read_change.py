"""Readers of clauses about how a measurement, a reading or a probability changes."""

from affectgraph.graphs.claims.clause import Clause, reads_only
from affectgraph.graphs.claims.matching import MOVES
from affectgraph.graphs.schema.statements import ChangeStatement, Statement

_DIRECTIONS = {"rises": "rises", "high": "rises", "falls": "falls", "low": "falls"}


@reads_only("quote without emotion number falls rises low high sense not")
def read_without_words(clause: Clause) -> list[Statement]:
    """Read such as: Without 'miss' the sadness falls from 0.72 to 0.57."""
    if (
        len(clause.quotes) != 1
        or not {*clause.senses} <= {"transcript"}
        or len(clause.labels) != 1
        or len(clause.numbers) > 2
        or not clause.has("falls rises low high")
    ):
        return []
    amount, before, after = _amount_before_after(clause)
    return [
        ChangeStatement(
            what=clause.labels[0],
            direction="rises" if clause.has("rises high") else "falls",
            before=before,
            after=after,
            amount=amount,
            words=clause.quotes[0],
            denied=clause.denied,
        )
    ]


def _amount_before_after(clause: Clause) -> list[str | None]:
    """By how much a probability changes, from what, and to what."""
    stated: dict[str, str | None] = dict.fromkeys(("by", "from", "to"))
    preposition = ""
    for token in clause.tokens:
        if token.tag in ("from", "to"):
            preposition = token.tag
        elif token.tag == "number":
            stated[token.word or preposition or "from"] = token.value
            preposition = ""
    return [*stated.values()]


def read_change(clause: Clause) -> list[Statement]:
    """Read such as: The pitch rises, the face turns from neutral to happy."""
    return _read_turn(clause) if clause.emotions else _read_move(clause)


@reads_only(
    "measure sense rises falls high low turn changes number end not to instead against "
    "span"
)
def _read_move(clause: Clause) -> list[Statement]:
    """Read such as: The pitch rises by 3.2 semitones at the end."""
    amount = next(iter(clause.numbers), None)
    # It is high: it does not rise.
    moves = clause.has("rises falls turn changes") or (amount and amount.word == "by")
    what = _what_moves(clause)
    directions, denied = _directions(clause)
    if (
        not moves
        or not what
        or len(directions) > 1
        or not {*clause.senses} <= {"prosody"}
        or len(clause.numbers) > 1
        or (amount and amount.unit == "Hz")
    ):
        return []
    return [
        ChangeStatement(
            what=what,
            direction=next(iter(directions), None),
            amount=amount.value if amount else None,
            unit=amount.unit if amount else None,
            span=clause.span,
            denied=denied,
        )
    ]


def _what_moves(clause: Clause) -> str:
    """The measurement that changes: of the pitch, the move that is cited."""
    measures = list(dict.fromkeys(clause.values("measure")))
    if not measures and clause.numbers and clause.numbers[0].unit == "semitones":
        measures = ["pitch"]  # "The voice sinks by 3.2 semitones."
    if measures != ["pitch"]:
        return next(iter(measures), "")
    cited = clause.context.cited
    wanted = ("ending",) if clause.has("end") else MOVES
    return next((m for m in wanted if any(m in p.measurements for p in cited)), "")


def _directions(clause: Clause) -> tuple[set[str], bool]:
    """The directions that a clause states, and whether it denies them."""
    tags = [token.tag for token in clause.tokens]
    stated = {_DIRECTIONS[tag] for tag in tags if tag in _DIRECTIONS}
    if len(stated) < 2 or not clause.has("instead not"):
        return stated, clause.denied
    # "Rises rather than falls": what stands first, or what is not denied.
    aside = clause.place("instead") + 1 or clause.place("not") + 1
    set_aside = [_DIRECTIONS[tag] for tag in tags[aside:] if tag in _DIRECTIONS]
    return (stated - {*set_aside[:1]} if set_aside else set()), False


@reads_only("sense emotion turn changes since time later end instead not reads")
def _read_turn(clause: Clause) -> list[Statement]:
    """Read such as: The face turns from neutral to happy at 2.4 s."""
    if not clause.sense or len(clause.emotions) > 2:
        return []
    before, after = [None, *clause.emotions][-2:]
    reversed_order = 0 <= clause.place("to") < clause.place("from")
    if before and (clause.has("instead") or reversed_order):
        before, after = after, before
    return [
        ChangeStatement(
            what=clause.sense,
            before=before,
            after=after,
            at=clause.time,
            direction="falls" if clause.has("end") else None,
            denied=clause.denied,
        )
    ]
