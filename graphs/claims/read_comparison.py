"""Readers of clauses that compare what senses read."""

from collections.abc import Sequence

from affectgraph.graphs.claims.clause import Clause, reads_only, share_of
from affectgraph.graphs.schema.statements import (
    AgreementStatement,
    ComparisonStatement,
    ReadingStatement,
    Statement,
)


@reads_only(
    "sense emotion agree disagree count not nothing against level reads number most"
)
def read_agreement(clause: Clause) -> list[Statement]:
    """Read such as: The face and the voice disagree: happy against angry."""
    senses, emotions = _compared_senses(clause), tuple(clause.emotions)
    if (
        len(senses) < 2
        or (clause.has("level") and not _names_smile(clause))
        or not (clause.has("agree disagree") or _reads_alike(clause))
        or not (clause.denied or _counts(clause, senses))
    ):
        return []
    agree = clause.has("disagree") == (clause.denied or clause.has("nothing"))
    readings: list[Statement] = []
    if not agree and len(emotions) < len(senses):
        readings, emotions = _paired_readings(clause), ()
    if clause.numbers:
        named = emotions * (len(senses) if len(emotions) == 1 else 1)
        if not len(named) == len(senses) == len(clause.numbers):
            return []
        readings += [
            ReadingStatement(sense=sense, emotion=emotion, share=share_of(number))
            for sense, emotion, number in zip(
                senses, named, clause.numbers, strict=True
            )
        ]
    return [
        AgreementStatement(senses=senses, agree=agree, emotions=emotions),
        *readings,
    ]


def _names_smile(clause: Clause) -> bool:
    return "happy expression high" in clause.values("level")


def _compared_senses(clause: Clause) -> tuple[str, ...]:
    """The senses that are named, with those that were named before, or are cited."""
    senses = clause.experts
    if _names_smile(clause):
        senses = (*senses, "face")
    if len(senses) == 1:
        senses = (*senses, *clause.context.senses)
    cited = (p.modality for p in clause.context.cited if p.distribution)
    return tuple(dict.fromkeys(senses or cited))


def _counts(clause: Clause, senses: Sequence[str]) -> bool:
    """Whether every count is the number of the senses: "both", "all three"."""
    counts = [int(count) for count in clause.values("count") if count.isdigit()]
    return all(count == len(senses) for count in counts)


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


@reads_only(
    "sense emotion number more less high low than not weigh against instead most reads "
    "reference rank agree for tends"
)
def read_comparison(clause: Clause) -> list[Statement]:
    """Read such as: The face is more happy than neutral, or than the voice."""
    emotions, senses = clause.labels, list(clause.senses) or [clause.sense]
    if len(emotions) == 1 and len(clause.senses) == 2:
        emotions = emotions * 2
    if len(senses) == 1:
        senses = senses * 2
    margin, numbers = None, [token.value for token in clause.numbers]
    if [token.word for token in clause.numbers] == ["by"]:
        margin, numbers = clause.number, []
    readings = _single_share(clause) if len(numbers) == 1 else []
    if len(numbers) > 2 or len(numbers) == 1 > len(readings):
        return []
    if not _is_comparable(clause, emotions, senses):
        return []
    step = -1 if _names_lesser_first(clause) else 1
    (greater, lesser), (first, second) = emotions[::step], senses[::step]
    shares = numbers[::step]
    return [
        ComparisonStatement(
            senses=(first, second),
            emotions=(greater, lesser),
            shares=(shares[0], shares[1]) if len(shares) == 2 else None,
            margin=margin,
            denied=clause.denied,
        ),
        *readings,
    ]


def _is_comparable(clause: Clause, emotions: list[str], senses: list[str]) -> bool:
    """Whether emotions or senses differ; if both do, each emotion has its sense."""
    if not len(emotions) == len(senses) == 2 or not all(senses):
        return False
    differ = emotions[0] != emotions[1], senses[0] != senses[1]
    if not all(differ):
        return any(differ)
    tags = [t.tag for t in clause.tokens if t.tag in ("sense", "emotion")]
    return len(tags) == 4 and len({*tags[:2]}) == len({*tags[2:]}) == 2


def _single_share(clause: Clause) -> list[Statement]:
    """The reading of the emotion whose number is stated, if only one is."""
    named = [one for one in clause.named_emotions() if one.number]
    if len(named) != 1 or not clause.sense:
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
