"""Reader of clauses about measurements: where they lie, and in which direction."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from affectgraph.graphs.claims.clause import Clause, reads_only
from affectgraph.graphs.claims.words import Token, plain_words, stem
from affectgraph.graphs.schema.statements import Direction, LevelStatement, Statement
from affectgraph.tools.evidence import Evidence

_LEVEL_TAGS = (
    "measure level facial state high low typical outside number span peak time sense "
    "only not against less more than most reads for reference rises falls instead "
    "agree still duration"
)

_UNIT_MEASURES = {"Hz": "pitch", "syllables": "rate", "semitones": "pitch_range"}
_BEYOND = ("above", "below", "beyond", "over", "under", "higher than usual", "short of")
# Verbs of facial actions, as the evidence puts them.
_SAME_MOVE = {
    "down": "lower", "furrow": "lower", "rais": "up", "lift": "up", "elevat": "up",
    "high": "up", "upward": "up", "downward": "lower", "go": "", "mouth": "lip",
}  # fmt: skip


@reads_only(_LEVEL_TAGS)
def read_level(clause: Clause) -> list[Statement]:
    """Read such as: The pitch is low at 98 Hz, below the usual 110 to 220 Hz."""
    if _names_both(clause):
        return [*_read_both(clause)]
    facial = clause.has("facial")
    named = _facial_measurement(clause) if facial else _measurement(clause)
    directions: set[Direction] = {"high"} if facial else _directions(clause)
    numbers = _sort_numbers(clause, directions)
    units = {token.unit for token in clause.numbers if token.unit}
    time = next(iter(clause.values("time")), None)
    stated = directions or numbers.values or clause.span or time
    ambiguous = max(len(directions), len(numbers.values), len(units)) > 1
    untold_time = time and not clause.has("peak duration")
    if not named or not stated or ambiguous or len(numbers.bounds) > 2:
        return []
    if untold_time or _is_less_so(clause):
        return []
    direction = next(iter(directions), None)
    low, high = _ends_of_range(numbers.bounds, direction)
    return [
        LevelStatement(
            measurement=named,
            direction=direction,
            value=next(iter(numbers.values), None),
            unit=next(iter(units), None),
            low=low,
            high=high,
            beyond=numbers.beyond,
            senses=clause.senses,
            denied=clause.denied and not _sets_aside(clause),
            span=clause.span,
            peak=time if clause.has("peak") else None,
            seconds=None if clause.has("peak") else time,
        )
    ]


def _is_less_so(clause: Clause) -> bool:
    """Whether "less" weakens a level: "less slowly" is not slow."""
    return any(
        token.tag == "less" and following.tag == "level"
        for token, following in pairwise(clause.tokens)
    )


def _names_both(clause: Clause) -> bool:
    """Whether one direction is stated of two measurements: "both are low"."""
    both = any(token.word == "both" for token in clause.tokens)
    return both and len({*clause.values("measure")}) == 2


def _read_both(clause: Clause) -> Iterator[Statement]:
    directions = _directions(clause)
    if len(directions) == 1 and not clause.has("number span time level not"):
        for name in dict.fromkeys(clause.values("measure")):
            yield LevelStatement(measurement=name, direction=min(directions))


def _beyond(clause: Clause) -> str | None:
    """The number of "80 Hz above the typical range" and of "exceeds it by 80 Hz"."""
    for number, following in pairwise([*clause.words, Token("mark")]):
        above = following.tag in ("high", "low") and following.word in _BEYOND
        if number.tag == "number" and (above or number.word == "by"):
            return number.value
    return None


def _measurement(clause: Clause) -> str:
    """The one measurement that a clause names; empty if there is not just one."""
    names = dict.fromkeys(clause.values("measure"))
    names |= dict.fromkeys(v.rpartition(" ")[0] for v in clause.values("level"))
    units = [_UNIT_MEASURES.get(token.unit or "") for token in clause.numbers]
    by_unit = next(filter(None, units), None)
    if not names and by_unit:
        return by_unit
    if "pitch" in names and ("pitch_range" in names or by_unit == "pitch_range"):
        names = {name: None for name in names if name != "pitch"} | {
            "pitch_range": None
        }
    return next(iter(names)) if len(names) == 1 else ""


def _facial_measurement(clause: Clause) -> str:
    """The measurement of the cited facial action that the words describe."""
    words = {
        _stem(part)
        for token in clause.tokens
        if token.tag in ("facial", "state", "high", "low", "rises", "falls")
        for part in token.word.replace("eyebrow", "brow").split()
    } - {""}
    for piece in clause.context.cited:
        action = _action_words(piece)
        # A side or a part may be left out, what it does may not.
        if words <= action and words - _PARTS and action - words <= _PARTS | _SIDES:
            return next(iter(piece.measurements), "")
    return ""


def _action_words(piece: Evidence) -> set[str]:
    phrase = plain_words(piece.observation.partition("(")[0].partition(" from ")[0])
    return {_stem(word) for word in phrase.split()} - {""}


def _stem(word: str) -> str:
    stemmed = stem(word.removesuffix("est"))
    return _SAME_MOVE.get(stemmed, stemmed)


def _directions(clause: Clause) -> set[Direction]:
    """The directions that a clause states; "less than usual" is low.

    A direction that is denied beside another one is left out: "not low but high".
    """
    stated: dict[Direction, bool] = {}
    denied = compared = False
    for token, following in pairwise([*clause.tokens, Token("mark")]):
        direction = _direction(token)
        if token.tag == "more" and following.tag == "level":
            continue  # "More slowly" is slow.
        if compared and direction == "typical":
            continue  # "Against the usual 3.4 to 5.6" names the range alone.
        compared = token.tag in ("against", "reference", "than")
        if direction and (direction != "typical" or not stated):
            stated[direction] = denied
        if direction:
            denied = False
        denied = denied or token.tag in ("not", "instead")
    if len(stated) > 1 and "typical" in stated and not stated["typical"]:
        del stated["typical"]
    if len(stated) > 1:
        stated = {name: out for name, out in stated.items() if not out}
    return {*stated}


def _sets_aside(clause: Clause) -> bool:
    """Whether a negation sets one direction aside for another."""
    return len({*map(_direction, clause.tokens)} & {"low", "high", "outside"}) > 1


def _direction(token: Token) -> Direction | None:
    if token.tag == "level":
        return "high" if token.value.endswith("high") else "low"
    if token.tag in ("high", "more", "rises") or token.word in ("up", "over"):
        return "high"
    if token.tag in ("low", "less", "falls") or token.word == "down":
        return "low"
    if token.tag in ("outside", "typical"):
        return "outside" if token.tag == "outside" else "typical"
    return None


class _Numbers(NamedTuple):
    """Numbers of a level: of its typical range, its values, how far it lies beyond."""

    bounds: list[str]
    values: list[str]
    beyond: str | None


def _sort_numbers(clause: Clause, directions: set[Direction]) -> _Numbers:
    bounds, values = _bounds_and_values(clause)
    if directions == {"typical"} and len(bounds) == 1 and not values:
        bounds, values = [], bounds  # "a normal 135 Hz"
    beyond = _beyond(clause)
    if beyond in values:
        values.remove(beyond)
    return _Numbers(bounds, values, beyond)


def _bounds_and_values(clause: Clause) -> tuple[list[str], list[str]]:
    """Numbers of the typical range, and other numbers."""
    bounds = _range_before_typical(clause)
    values: list[str] = []
    of_range = False
    for token in clause.marked:
        if token.tag in ("typical", "against", "high", "low", "than"):
            of_range = True
        elif token.tag == "mark":
            of_range = False
        elif token.tag == "number" and token.value not in bounds[:2]:
            of_range = of_range and not _raised_to(clause.marked, token)
            (bounds if of_range else values).append(token.value)
        elif token.tag in ("measure", "level", "sense"):
            of_range = False
    return bounds, values


def _range_before_typical(clause: Clause) -> list[str]:
    """The numbers of "110 to 220 Hz would be normal"."""
    tags = [token.tag for token in clause.tokens]
    for at in range(len(tags) - 3):
        if tags[at : at + 4] == ["number", "to", "number", "typical"]:
            return [clause.tokens[at].value, clause.tokens[at + 2].value]
    return []


def _raised_to(tokens: list[Token], number: Token) -> bool:
    """Whether a number is one that something is raised or lowered *to*, or is *at*."""
    at = tokens.index(number)
    tags = [token.tag for token in tokens[max(0, at - 2) : at]]
    return tags in (["high", "to"], ["low", "to"]) or (
        bool(tags) and tags[-1] in ("high", "low") and "typical" not in tags
        and tokens[at - 1].word not in ("above", "below", "beyond", "under", "exceeds")
    )  # fmt: skip


def _ends_of_range(
    bounds: list[str], direction: Direction | None
) -> tuple[str | None, str | None]:
    if len(bounds) == 2:
        return bounds[0], bounds[1]
    if len(bounds) == 1:
        return (bounds[0], None) if direction == "low" else (None, bounds[0])
    return None, None


_PARTS = {_stem(w) for w in ("brows", "lips", "corners", "eyes", "chin", "mouth",
                                    "lid", "head")}  # fmt: skip


_SIDES = {_stem(word) for word in ("inner", "outer", "upper", "lower")}
