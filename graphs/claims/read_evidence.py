"""Readers of clauses about what the senses read, and how it compares and changes."""

from affectgraph.graphs.claims.clause import Clause, share_of
from affectgraph.graphs.claims.matching import MOVES
from affectgraph.graphs.schema.statements import (
    AgreementStatement,
    ChangeStatement,
    ComparisonStatement,
    QuotationStatement,
    ReadingStatement,
    Statement,
)


def read_without_words(clause: Clause) -> list[Statement]:
    """Read such as: Without 'miss' the sadness falls from 0.72 to 0.57."""
    numbers = [token.value for token in clause.numbers]
    if (
        not clause.only("quote without emotion number falls rises low high sense not")
        or len(clause.quotes) != 1
        or not {*clause.senses} <= {"transcript"}
        or len(set(clause.emotions)) != 1
        or len(numbers) > 2
        or not clause.has("falls rises low high")
    ):
        return []
    amount, before, after = _amount_before_after(clause)
    return [
        ChangeStatement(
            what=clause.emotions[0],
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


def read_agreement(clause: Clause) -> list[Statement]:
    """Read such as: The face and the voice disagree: happy against angry."""
    allowed = (
        "sense emotion agree disagree count not nothing against level reads number most"
    )
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
    counts = [count for count in clause.values("count") if count.isdigit()]
    if len(senses) < 2 or any(
        int(count) != len(senses) and not clause.denied for count in counts
    ):
        return []
    apart = clause.has("disagree")
    negated = clause.denied or clause.has("nothing")
    if not clause.has("agree disagree") and not _reads_alike(clause):
        return []
    agree = apart == negated
    emotions = tuple(clause.emotions)
    paired: list[Statement] = []
    if not agree and len(emotions) < len(senses):
        paired, emotions = _paired_readings(clause), ()
    shares = [share_of(number) for number in clause.numbers]
    if shares and len(shares) != len(senses):
        return []
    named = emotions * (len(senses) if len(emotions) == 1 else 1)
    if shares and len(named) != len(senses):
        return []
    return [
        AgreementStatement(senses=senses, agree=agree, emotions=emotions),
        *paired,
        *(
            ReadingStatement(sense=sense, emotion=emotion, share=share)
            for sense, emotion, share in zip(senses, named, shares, strict=False)
        ),
    ]


def _reads_alike(clause: Clause) -> bool:
    """Whether senses stand side by side with one emotion: "voice and face are sad"."""
    tags = [t.tag for t in clause.tokens if t.tag in ("sense", "emotion")]
    aside = {tags[0], tags[-1]} == {"sense", "emotion"} and tags.count("emotion") == 1
    return aside and len(clause.experts) > 1 and not clause.denied


def _paired_readings(clause: Clause) -> list[Statement]:
    """The readings of "the anger in the voice" and "the angry voice"."""
    pairs = [t for t in clause.tokens if t.tag in ("sense", "emotion")]
    readings: list[Statement] = []
    for at, token in enumerate(pairs):
        beside = (*pairs[at + 1 : at + 2], *pairs[max(0, at - 1) : at])
        near = next((t.value for t in beside if t.tag == "sense"), "")
        if token.tag == "emotion" and near:
            readings.append(ReadingStatement(sense=near, emotion=token.value))
    return readings


_DIRECTIONS = ("rises", "falls", "high", "low")


def read_change(clause: Clause) -> list[Statement]:
    """Read such as: The pitch rises, the face turns from neutral to happy."""
    if clause.emotions:
        return _read_turn(clause)
    allowed = (
        "measure sense rises falls high low turn changes number end not to instead "
        "against span"
    )
    numbers = clause.numbers
    if not clause.only(allowed) or len(numbers) > 1:
        return []
    if not {*clause.senses} <= {"prosody"}:
        return []
    if numbers and numbers[0].unit == "Hz":
        return []
    if not clause.has("rises falls turn changes") and (
        not numbers or numbers[0].word != "by"
    ):
        return []  # It is high, it does not rise.
    measures = dict.fromkeys(clause.values("measure"))
    if not measures and numbers and numbers[0].unit == "semitones":
        measures = {"pitch": None}  # "The voice sinks by 3.2 semitones."
    if list(measures) != ["pitch"]:
        what = next(iter(measures), "")
        moves: list[str] = [what] if what else []
    else:
        wanted = ("ending",) if clause.has("end") else MOVES
        cited = clause.context.cited
        moves = [m for m in wanted if any(m in p.measurements for p in cited)]
    rises, falls = clause.has("rises high"), clause.has("falls low")
    denied = clause.denied
    if rises and falls and clause.has("instead not"):
        # "Rises rather than falls": what stands first, or what is not denied.
        aside = clause.place("instead") + 1 or clause.place("not") + 1
        set_aside = next(
            (t.tag for t in clause.tokens[aside:] if t.tag in _DIRECTIONS), ""
        )
        rises, falls = set_aside in ("falls", "low"), set_aside in ("rises", "high")
        denied = False
    if not moves or (rises and falls):
        return []
    return [
        ChangeStatement(
            what=moves[0],
            direction="rises" if rises else "falls" if falls else None,
            amount=numbers[0].value if numbers else None,
            unit=numbers[0].unit if numbers else None,
            span=clause.span,
            denied=denied,
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
    """Read such as: The face is more happy than neutral, or than the voice."""
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
        or len(numbers) > 2
        or not _is_comparable(clause, emotions, senses)
    ):
        return []
    margin = None
    if len(numbers) == 1 and clause.numbers[0].word == "by":
        margin, numbers = numbers[0], []
    if len(numbers) == 1 and not _single_share(clause, numbers):
        return []
    if _names_lesser_first(clause):
        for pair in (emotions, senses, numbers):
            pair.reverse()
    return [
        ComparisonStatement(
            senses=(senses[0], senses[1]),
            emotions=(emotions[0], emotions[1]),
            shares=(numbers[0], numbers[1]) if len(numbers) == 2 else None,
            margin=margin,
            denied=clause.denied,
        ),
        *_single_share(clause, numbers),
    ]


def _is_comparable(clause: Clause, emotions: list[str], senses: list[str]) -> bool:
    """Whether emotions or senses differ; if both do, each emotion has its sense."""
    differ = emotions[0] != emotions[1], senses[0] != senses[1]
    if not all(differ):
        return any(differ)
    tags = [t.tag for t in clause.tokens if t.tag in ("sense", "emotion")]
    return len(tags) == 4 and len({*tags[:2]}) == len({*tags[2:]}) == 2


def _single_share(clause: Clause, numbers: list[str]) -> list[Statement]:
    """The reading of the emotion whose number is stated, if only one is."""
    named = [one for one in clause.named_emotions() if one.number]
    if len(numbers) != 1 or len(named) != 1 or not clause.sense:
        return []
    (one,) = named
    return [
        ReadingStatement(
            sense=clause.sense,
            emotion=one.emotion,
            share=one.number,
            rank=2 if clause.emotions.index(one.emotion) > 0 else 1,
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
    if less and not clause.has("than reference against"):
        # "Sadness dominates, and neutral trails" names the lesser last.
        place = max(clause.place("less"), clause.place("low"))
        less = any(tag in ("sense", "emotion") for tag in tags[place:])
    reference_first = tags[:1] == ["reference"] or tags[:2] == ["more", "than"]
    named = clause.emotions
    # "Between sad and happy, it tends to happy" names the greater again.
    names_again = len(named) == 3 and named[2] == named[1] != named[0]
    return less != (reference_first or names_again)


def read_quotation(clause: Clause) -> list[Statement]:
    """Read such as: The word 'miss' carries the sadness."""
    allowed = (
        "quote sense emotion number span time since until most nearest add negate not "
        "reads for sure"
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
    """Read such as: The voice sounds angry (0.55), then neutral (0.28)."""
    named = clause.named_emotions()
    allowed = (
        "sense emotion number span most nearest rank not reads agree for tends instead "
        "sure"
    )
    sense = clause.sense
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
