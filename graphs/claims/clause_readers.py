"""Readers of clauses: each kind of statement from the words that state it.

A reader returns nothing if a word of the clause has no place in the statement: what is
left unread could be false.
"""

from collections.abc import Callable

from affectgraph.graphs.claims.clause import Clause
from affectgraph.graphs.claims.statements import (
    AgreementStatement,
    ChangeStatement,
    ComparisonStatement,
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    Direction,
    LevelStatement,
    PrecedentStatement,
    QuotationStatement,
    ReadingStatement,
    Statement,
)
from affectgraph.graphs.claims.verify import MOVES
from affectgraph.graphs.claims.words import Token, plain_words
from affectgraph.tools.evidence import Evidence

_LEVEL_TAGS = (
    "measure level facial state high low typical outside number span peak time sense "
    "only not against less more than most reads for reference rises falls instead"
)
_UNIT_MEASURES = {"Hz": "pitch", "syllables": "rate", "semitones": "pitch_range"}
# Endings that facial actions and their descriptions differ in.
_ENDINGS = ("ed", "s", "e")


def read_without_words(clause: Clause) -> list[Statement]:
    """ "Without "miss" the sadness falls from 0.72 to 0.57"."""
    numbers = [token.value for token in clause.numbers]
    if (
        not clause.only("quote without emotion number falls rises sense from to not")
        or len(clause.quotes) != 1
        or len(set(clause.emotions)) != 1
        or len(numbers) not in (0, 2)
        or not clause.has("falls rises")
    ):
        return []
    before, after = numbers or (None, None)
    return [
        ChangeStatement(
            what=clause.emotions[0],
            direction="rises" if clause.has("rises") else "falls",
            before=before,
            after=after,
            words=clause.quotes[0],
            denied=clause.denied,
        )
    ]


def read_counterfactual(clause: Clause) -> list[Statement]:
    """ "Without the face it would be angry"."""
    allowed = "without sense emotion still changes not nothing nolonger more most each reads"
    experts = clause.experts or clause.context.senses
    each = clause.has("each")
    if each and not clause.experts:
        experts = clause.context.facts.experts
    label = dict.fromkeys(clause.emotions)
    if not clause.only(allowed) or not experts or len(label) > 1:
        return []
    place = clause.place("emotion")
    denied_label = place > 0 and clause.tokens[place - 1].tag == "not"
    negated = clause.has("nothing") or (clause.denied and not denied_label)
    changes: bool | None = None
    if clause.has("nolonger"):
        changes = denied_label = True
    elif clause.has("changes"):
        changes = not negated
    if clause.has("still"):
        changes = False
    if changes is None and not label:
        return []
    return [
        CounterfactualStatement(
            without=experts,
            label=next(iter(label), None),
            changes=changes,
            each=each,
            denied=denied_label,
        )
    ]


def read_precedent(clause: Clause) -> list[Statement]:
    """ "The nearest case is labelled sad (0.83)"."""
    allowed = "case emotion number nearest more less than count id not most against"
    ids = clause.values("id")
    labels = list(dict.fromkeys(clause.emotions))
    if not clause.only(allowed) or not 0 < len(labels) <= 2:
        return []
    if not set(ids) <= {*clause.context.facts.cases}:
        return []
    counts = clause.values("count")
    if counts:
        if len(labels) > 1 or clause.numbers or clause.denied:
            return []
        count = counts[-1]
        return [
            PrecedentStatement(
                label=labels[0],
                count="all" if count == "all" else int(count),
                of=int(counts[0]) if len(counts) > 1 and counts[0] != "all" else None,
            )
        ]
    numbers = [token.value for token in clause.numbers]
    if len(labels) == 2:
        if not clause.has("more less nearest") or not clause.has("than against more"):
            return []
        if clause.has("less"):
            labels.reverse()
            numbers.reverse()
        first, second = numbers if len(numbers) == 2 else (None, None)
        return [
            PrecedentStatement(
                label=labels[0],
                similarity=first,
                than=labels[1],
                than_similarity=second,
                denied=clause.denied,
            )
        ]
    if len(numbers) > 1 or clause.has("than less"):
        return []
    nearest = clause.place("nearest")
    of_label = 0 <= nearest and clause.tokens[nearest + 1].tag == "emotion"
    return [
        PrecedentStatement(
            label=labels[0],
            similarity=numbers[0] if numbers else None,
            nearest=None if nearest < 0 else "label" if of_label else "all",
            denied=clause.denied,
        )
    ]


def read_contribution(clause: Clause) -> list[Statement]:
    """ "The face adds 2.87 for happy against angry", "the face outweighs the voice"."""
    allowed = (
        "sense emotion number add for against most little nothing not weigh more less level "
        "than clearer trusted"
    )
    leading = clause.context.facts.leading
    if not clause.only(allowed) or not leading:
        return []
    emotion = next(iter(clause.emotions), leading)
    if clause.has("nothing") or (clause.has("not") and not clause.experts):
        if clause.experts or clause.numbers or not clause.has("against"):
            return []
        return [ContributionStatement(expert=None, emotion=emotion, side="against")]
    numbers = [token.value.lstrip("-") for token in clause.numbers]
    experts = clause.experts or clause.context.senses
    if clause.has("level"):
        experts = (*clause.experts, "face")
        if {*clause.values("level")} != {"happy expression high"} or clause.denied:
            return []
    if len(experts) == 2:
        return _read_outweighing(clause, emotion, numbers)
    if len(experts) != 1 or len(numbers) > 1 or len(clause.emotions) > 2:
        return []
    against = clause.has("against") and not clause.has("for")
    against = against and len(clause.emotions) < 2
    rival = clause.emotions[1] if len(clause.emotions) == 2 else None
    if rival and not clause.has("against than"):
        return []
    signed = clause.numbers and clause.numbers[0].value.startswith("-")
    little = clause.has("little")
    side = None if little or (signed and not against) else "for"
    return [
        ContributionStatement(
            expert=experts[0],
            emotion=emotion,
            rival=rival,
            side="against" if against else side,
            log_odds=numbers[0] if numbers else None,
            most=clause.has("most"),
            little=little,
            denied=clause.denied,
        )
    ]


def _read_outweighing(
    clause: Clause, emotion: str, numbers: list[str]
) -> list[Statement]:
    if not clause.has("weigh more less") or len(numbers) not in (0, 2):
        return []
    rival = clause.emotions[1] if len(clause.emotions) == 2 else None
    if clause.denied or (rival and not clause.has("against")):
        return []
    if len(clause.emotions) > 2 or clause.has("clearer") and clause.has("trusted"):
        return []
    because = "clearer" if clause.has("clearer") else None
    first, second = clause.experts
    if clause.has("less"):
        first, second = second, first
        numbers.reverse()
    more, less = numbers or (None, None)
    return [
        ContributionStatement(
            expert=first,
            emotion=emotion,
            rival=rival,
            log_odds=more,
            over=second,
            over_log_odds=less,
            because="trusted" if clause.has("trusted") else because,
        )
    ]


def read_agreement(clause: Clause) -> list[Statement]:
    """ "The face and the voice disagree: happy against angry"."""
    allowed = "sense emotion agree disagree count not nothing against level reads"
    smiles = "happy expression high" in clause.values("level")
    if not clause.only(allowed) or clause.has("level") > smiles:
        return []
    senses = clause.experts
    if smiles and "face" not in senses:
        senses = (*senses, "face")
    if len(senses) == 1:
        senses = (*senses, *(s for s in clause.context.senses if s not in senses))
    if not senses:
        cited = clause.context.cited
        senses = tuple(dict.fromkeys(p.modality for p in cited if p.distribution))
    if len(senses) < 2:
        return []
    apart = clause.has("disagree")
    negated = clause.denied or clause.has("nothing")
    return [
        AgreementStatement(
            senses=senses, agree=apart == negated, emotions=tuple(clause.emotions)
        )
    ]


def read_change(clause: Clause) -> list[Statement]:
    """ "The pitch rises by 4.5 semitones", "the face turns from neutral to happy"."""
    if clause.emotions:
        return _read_turn(clause)
    allowed = "measure sense rises falls turn changes number end not to"
    numbers = clause.numbers
    if not clause.only(allowed) or len(numbers) > 1:
        return []
    if numbers and numbers[0].unit == "Hz":
        return []
    measures = dict.fromkeys(clause.values("measure"))
    if list(measures) != ["pitch"]:
        what = next(iter(measures), "")
        moves: list[str] = [what] if what else []
    else:
        wanted = ("ending",) if clause.has("end") else MOVES
        cited = clause.context.cited
        moves = [m for m in wanted if any(m in p.measurements for p in cited)]
    rises, falls = clause.has("rises"), clause.has("falls")
    if not moves or (rises and falls):
        return []
    return [
        ChangeStatement(
            what=moves[0],
            direction="rises" if rises else "falls" if falls else None,
            amount=numbers[0].value if numbers else None,
            unit=numbers[0].unit if numbers else None,
            denied=clause.denied,
        )
    ]


def _read_turn(clause: Clause) -> list[Statement]:
    allowed = "sense emotion turn changes since time later end instead not reads"
    emotions = clause.emotions
    if not clause.only(allowed) or not clause.sense or len(emotions) > 2:
        return []
    if len(emotions) == 1:
        before, after = None, emotions[0]
    elif clause.has("instead") or 0 <= clause.place("to") < clause.place("from"):
        after, before = emotions
    else:
        before, after = emotions
    times = clause.values("since") + clause.values("time")
    return [
        ChangeStatement(
            what=clause.sense,
            before=before,
            after=after,
            at=times[0] if times else None,
            direction="falls" if clause.has("end") else None,
            denied=clause.denied,
        )
    ]


def read_comparison(clause: Clause) -> list[Statement]:
    """ "The face is more happy than neutral", "the voice is less sad than the words"."""
    emotions = list(dict.fromkeys(clause.emotions))
    senses = list(clause.senses) or [clause.sense]
    if len(senses) == 1:
        senses *= 2
    if len(emotions) == 1 and len(clause.senses) == 2:
        emotions *= 2
    numbers = [token.value for token in clause.numbers]
    if (
        not clause.only(_COMPARISON_TAGS)
        or len(emotions) != 2
        or len(senses) != 2
        or not all(senses)
        or len(numbers) not in (0, 2)
        or (emotions[0] != emotions[1]) == (senses[0] != senses[1])
    ):
        return []
    if _names_lesser_first(clause):
        for pair in (emotions, senses, numbers):
            pair.reverse()
    return [
        ComparisonStatement(
            senses=(senses[0], senses[1]),
            emotions=(emotions[0], emotions[1]),
            shares=(numbers[0], numbers[1]) if numbers else None,
            denied=clause.denied,
        )
    ]


_COMPARISON_TAGS = (
    "sense emotion number more less high low than not weigh against instead most reads "
    "reference rank agree for tends"
)


def _names_lesser_first(clause: Clause) -> bool:
    """Whether what a clause names first is the lesser: "less" or "compared with" it."""
    less = clause.has("less") or (clause.has("low") and not clause.has("more high"))
    tags = [token.tag for token in clause.tokens]
    reference_first = tags[:1] == ["reference"] or tags[:2] == ["more", "than"]
    named = clause.emotions
    # "Between sad and happy, it tends to happy" names the greater again.
    names_again = len(named) == 3 and named[2] == named[1] != named[0]
    return less != (reference_first or names_again)


def read_level(clause: Clause) -> list[Statement]:
    """ "The pitch is low at 98 Hz, below the usual 110 to 220 Hz"."""
    named = _facial_measurement(clause) if clause.has("facial") else _measurement(clause)
    directions = {"high"} if clause.has("facial") else {*_directions(clause)}
    bounds, values = _bounds_and_values(clause)
    units = {token.unit for token in clause.numbers if token.unit}
    times = clause.values("time")
    if (
        not clause.only(_LEVEL_TAGS)
        or not named
        or max(len(directions), len(values), len(units)) > 1
        or len(bounds) > 2
        or (times and not clause.has("peak"))
        or not (directions or values or clause.span)
    ):
        return []
    direction = next(iter(directions), None)
    low, high = _ends_of_range(bounds, direction)
    return [
        LevelStatement(
            measurement=named,
            direction=direction,
            value=values[0] if values else None,
            unit=next(iter(units), None),
            low=low,
            high=high,
            senses=clause.senses,
            denied=clause.denied and not _sets_aside(clause),
            span=clause.span,
            peak=times[0] if times else None,
        )
    ]


def _measurement(clause: Clause) -> str:
    """The one measurement that a clause names; empty if there is not just one."""
    names = dict.fromkeys(clause.values("measure"))
    names |= dict.fromkeys(v.rpartition(" ")[0] for v in clause.values("level"))
    units = [_UNIT_MEASURES.get(token.unit or "") for token in clause.numbers]
    by_unit = next(filter(None, units), None)
    if not names and by_unit:
        return by_unit
    if "pitch" in names and ("pitch_range" in names or by_unit == "pitch_range"):
        names = {name: None for name in names if name != "pitch"} | {"pitch_range": None}
    return next(iter(names)) if len(names) == 1 else ""


def _facial_measurement(clause: Clause) -> str:
    """The measurement of the cited facial action that the words describe."""
    words = {
        _stem(part)
        for token in clause.tokens
        if token.tag in ("facial", "state", "high", "low")
        for part in token.word.split()
    }
    for piece in clause.context.cited:
        action = _action_words(piece)
        # A side or a part may be left out, what it does may not.
        if words <= action and words - _PARTS and action - words <= _PARTS | _SIDES:
            return next(iter(piece.measurements), "")
    return "none of these"


def _action_words(piece: Evidence) -> set[str]:
    phrase = plain_words(piece.observation.partition("(")[0].partition(" from ")[0])
    return {_stem(word) for word in phrase.split()}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
    return word


_PARTS = {_stem(w) for w in ("brows", "lips", "corners", "eyes", "chin", "mouth",
                                    "lid", "head")}  # fmt: skip
_SIDES = {_stem(word) for word in ("inner", "outer", "upper", "lower")}


def _directions(clause: Clause) -> set[Direction]:
    """The directions that a clause states; "less than usual" is low.

    A direction that is denied beside another one is left out: "not low but high".
    """
    stated: dict[Direction, bool] = {}
    denied = False
    for token in clause.tokens:
        direction = _direction(token)
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


def _bounds_and_values(clause: Clause) -> tuple[list[str], list[str]]:
    """Numbers of the typical range, and other numbers."""
    bounds, values, of_range = [], [], False
    for token in clause.marked:
        if token.tag in ("typical", "against", "high", "low", "than"):
            of_range = True
        elif token.tag == "mark":
            of_range = False
        elif token.tag == "number":
            of_range = of_range and not _raised_to(clause.marked, token)
            (bounds if of_range else values).append(token.value)
        elif token.tag in ("measure", "level", "sense"):
            of_range = False
    return bounds, values


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


def read_quotation(clause: Clause) -> list[Statement]:
    """ "The word "miss" carries the sadness"."""
    allowed = (
        "quote sense emotion number span time since until most nearest add negate not "
        "reads"
    )
    emotions = clause.named_emotions()
    times = clause.values("time") + clause.values("since")
    ends = clause.has("until")
    if not clause.only(allowed) or len(clause.quotes) != 1 or len(emotions) > 1:
        return []
    if len(times) > 1 + ends:
        return []
    if not {*clause.senses} <= {"transcript"} or len(clause.numbers) > len(emotions):
        return []
    emotion = emotions[0] if emotions else None
    return [
        QuotationStatement(
            words=clause.quotes[0],
            emotion=emotion.emotion if emotion else None,
            share=emotion.number if emotion else None,
            negates=clause.has("negate"),
            denied=clause.denied,
            span=clause.span,
            starts=times[0] if times and not (ends and len(times) == 1) else None,
            ends=times[-1] if times and ends else None,
        )
    ]


def read_reading(clause: Clause) -> list[Statement]:
    """ "The voice sounds angry (0.55), then neutral (0.28)"."""
    named = clause.named_emotions()
    allowed = "sense emotion number span most nearest rank not reads agree for tends"
    sense = clause.sense or (clause.cited_sense if clause.has("rank") else "")
    if not clause.only(allowed) or not sense:
        return []
    # A second emotion that is affirmed must be said to come second.
    affirmed = [one for one in named if not one.denied and not one.second]
    if clause.has("agree") and len(clause.senses) > 1:
        return []
    if not named or len(affirmed) > 1 or len(clause.numbers) > len(named):
        return []
    return [
        ReadingStatement(
            sense=sense,
            emotion=one.emotion,
            share=one.number,
            rank=2 if one.second else 1,
            denied=one.denied,
            span=clause.span,
        )
        for one in named
    ]


def read_conclusion(clause: Clause) -> list[Statement]:
    """ "It is happy (0.46) rather than angry"."""
    emotions = list(dict.fromkeys(clause.emotions))
    allowed = "emotion number most not rank than more instead against sure unsure open"
    if not clause.only(allowed) or clause.context.senses or len(emotions) > 2:
        return []
    if len(clause.numbers) > 1 or not clause.context.facts.leading:
        return []
    compares = clause.has("than instead against rank open")
    if clause.has("sure") and clause.has("unsure"):
        return []
    if len(emotions) == 2 and (clause.denied or not compares):
        return []
    return [
        ConclusionStatement(
            label=emotions[0],
            rival=emotions[1] if len(emotions) == 2 else None,
            confidence=clause.numbers[0].value if clause.numbers else None,
            sure=clause.has("sure") if clause.has("sure unsure") else None,
            abstains=clause.has("open"),
            denied=clause.denied,
        )
    ]


def read_reason(clause: Clause) -> list[Statement]:
    """ "Only the voice could be judged", "it comes first only in the voice"."""
    if not clause.only("only judged most sense nearest") or not clause.senses:
        return []
    return [
        ConclusionStatement(
            label=clause.context.facts.leading,
            reason="one sense" if clause.has("judged") else "doubt",
            senses=clause.senses,
        )
    ]


Reader = Callable[[Clause], list[Statement]]
# Readers by the groups of tags of which each must occur, in order of precedence.
READERS: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (("without", "quote"), read_without_words),
    (("quote",), read_quotation),
    (("without",), read_counterfactual),
    (("case id",), read_precedent),
    (("add weigh",), read_contribution),
    (("agree disagree",), read_agreement),
    (("measure", "typical"), read_level),
    (("rises falls turn",), read_change),
    (("later instead end", "since"), read_change),
    (("since", "emotion"), read_change),
    (("changes", "measure"), read_change),
    (("changes", "emotion", "sense"), read_change),
    (("more less high low instead than weigh against tends", "emotion"), read_comparison),
    (("for against", "sense"), read_contribution),
    (("measure level facial",), read_level),
    (("typical high low outside", "number"), read_level),
    (("emotion",), read_reading),
    (("emotion",), read_conclusion),
    (("only",), read_reason),
)
