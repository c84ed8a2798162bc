"""What an argument shows of an expert: its vote, its facts, its nearest case."""

from collections.abc import Iterable, Iterator, Sequence

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.matching import WITHOUT_WORDS
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.claims.words import quotations
from affectgraph.graphs.schema.statements import (
    ComparisonStatement,
    Direction,
    LevelStatement,
    PrecedentStatement,
    QuotationStatement,
    ReadingStatement,
    Statement,
)
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.transcript.words import PUNCTUATION

# Three frames at five a second: what is shorter may be noise.
_MIN_FACT_SECONDS = 0.4
_MAX_WORDS_CHARACTERS = 60


def vote_of(facts: Facts, sense: str) -> Evidence:
    """The vote of a sense that its mean vote is nearest to in its top emotion."""
    top = top_emotion(facts.votes[sense])
    votes = [p for p in facts.evidence.values() if p.modality == sense]
    votes = [piece for piece in votes if piece.distribution is not None]
    return max(
        votes,
        key=lambda p: (
            top_emotion(p.distribution or {}) == top,
            p.quality * max(p.span.seconds, _MIN_FACT_SECONDS),
        ),
    )


def cite_votes(facts: Facts, senses: Iterable[str]) -> tuple[str, ...]:
    """Ids of the votes that stand for some senses."""
    return tuple(vote_of(facts, sense).id for sense in senses)


def reading_of(vote: Evidence, favoured: str, other: str) -> tuple[Statement, str]:
    """What a sense reads, as far as it favours an emotion, and the emotion it names."""
    sense, shares = vote.modality, vote.distribution or {}
    top = top_emotion(shares)
    if top == favoured or shares[favoured] <= shares[other]:
        share = f"{shares[top]:.2f}"
        return ReadingStatement(sense=sense, emotion=top, share=share), top
    comparison = ComparisonStatement(
        senses=(sense, sense),
        emotions=(favoured, other),
        shares=(f"{shares[favoured]:.2f}", f"{shares[other]:.2f}"),
    )
    return comparison, favoured


def shown_facts(
    facts: Facts, vote: Evidence, emotion: str
) -> Iterator[tuple[Statement, Evidence]]:
    """Facts of a sense that point to an emotion, the clearest first."""
    names = set()
    for piece in facts.evidence.values():
        if piece.modality != vote.modality or piece.distribution is not None:
            continue
        statement = quoted_words(piece, emotion) or _level(piece, emotion)
        name = getattr(statement, "measurement", "words")
        if statement and name not in names:
            names.add(name)
            yield statement, piece


def quoted_words(piece: Evidence, emotion: str) -> QuotationStatement | None:
    """The words that carry an emotion, if they are few."""
    words = next(iter(quotations(piece.observation)), "").strip(PUNCTUATION)
    carried = WITHOUT_WORDS.format(emotion) in piece.measurements
    if not carried or not 0 < len(words) <= _MAX_WORDS_CHARACTERS:
        return None
    return QuotationStatement(words=words, emotion=emotion)


def _level(piece: Evidence, emotion: str) -> LevelStatement | None:
    """A measurement outside its range that points to an emotion."""
    too_short = 0 < piece.span.seconds < _MIN_FACT_SECONDS - 0.01
    if too_short or stance(piece, emotion) != "for":
        return None
    name, measured = next(iter(piece.measurements.items()))
    direction: Direction = "low" if measured.direction == "low" else "high"
    timed = "peak" in piece.measurements and piece.span.seconds > 0
    digits = 0 if measured.unit == "Hz" else 1
    return LevelStatement(
        measurement=name,
        direction=direction,
        value=f"{measured.value:.{digits}f}",
        unit=measured.unit or None,
        span=_rounded(piece.span) if timed else None,
    )


def _rounded(span: Span) -> Span:
    return Span(start=round(span.start, 1), end=round(span.end, 1))


def nearest_precedent(
    facts: Facts, expert: str, label: str
) -> tuple[list[Statement], tuple[str, ...]]:
    """The nearest case of a label, if the expert is a memory."""
    if expert not in ("memory", "seed"):
        return [], ()
    cases = {n: c for n, c in facts.cases.items() if c.case.label == label}
    if not cases:
        return [], ()
    name = max(cases, key=lambda one: cases[one].similarity)
    similarity = f"{cases[name].similarity:.2f}"
    precedent = PrecedentStatement(label=label, similarity=similarity, nearest="label")
    return [precedent], (name,)


def cite_experts(facts: Facts, experts: Sequence[str]) -> tuple[str, ...]:
    """What stands for some experts: their votes, or the nearest case of a memory."""
    cites = [vote_of(facts, name).id for name in experts if name in facts.votes]
    for name in experts:
        if name not in facts.votes:
            cites += nearest_precedent(facts, name, facts.leading)[1]
    return tuple(dict.fromkeys(cites)) or cite_votes(facts, facts.votes)
