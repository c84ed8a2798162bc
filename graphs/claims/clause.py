"""A clause of a worded claim: its tagged words, and what it may leave out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import NamedTuple

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.words import Token
from affectgraph.graphs.schema.statements import Statement
from affectgraph.tools.evidence import Evidence, Span

_NO_SENSES = ("memory", "seed", "reasoner")
# Words between "second" and the emotion that comes second.
_SKIPPED = ("most", "reads", "more")


@dataclass(frozen=True)
class ClauseContext:
    """What a clause may leave out.

    Attributes:
        facts: What is known; it says which measurement a name stands for.
        cited: The cited evidence.
        senses: Modalities that the clause before named.
        of_cases: Whether the clause before was about recalled cases.
    """

    facts: Facts
    cited: tuple[Evidence, ...]
    senses: tuple[str, ...] = ()
    of_cases: bool = False


class NamedEmotion(NamedTuple):
    """An emotion in a clause, with the number after it.

    Attributes:
        emotion: The emotion.
        number: Its number, if one follows.
        denied: "Not" stands before it.
        second: It is said to come second.
    """

    emotion: str
    number: str | None = None
    denied: bool = False
    second: bool = False


class Clause:
    """One clause: its tokens by tag.

    Attributes:
        tokens: The tokens that say something.
        marked: The same with punctuation marks.
        words: All its tokens.
        context: What it may leave out.
        emotions: The emotions that it names, in order.
        labels: The same, each once.
        experts: The senses and other experts that it names, in order.
        senses: The senses among them.
        numbers: Its numbers.
        quotes: Its quotations.
    """

    def __init__(self, tokens: Sequence[Token], context: ClauseContext) -> None:
        self.tokens = [t for t in tokens if t.tag not in ("fill", "mark", "break")]
        self.words = list(tokens)
        self.marked = [t for t in tokens if t.tag not in ("fill", "break")]
        self.context = context
        self.emotions = self.values("emotion")
        self.labels = list(dict.fromkeys(self.emotions))
        self.experts = tuple(dict.fromkeys(self.values("sense")))
        self.senses = tuple(name for name in self.experts if name not in _NO_SENSES)
        self.numbers = [token for token in self.tokens if token.tag == "number"]
        self.quotes = self.values("quote")
        self._tags = {token.tag for token in self.tokens}
        if context.of_cases and not self.experts:
            self._tags.add("case")

    def values(self, tag: str) -> list[str]:
        """Values of the tokens with a tag, in order."""
        return [token.value for token in self.tokens if token.tag == tag]

    def has(self, tags: str) -> bool:
        """Whether any of these tags occurs."""
        return bool(self._tags & {*tags.split()})

    def only(self, tags: str) -> bool:
        """Whether no other tags occur, so that nothing is left unread.

        Prepositions, "only" and "verdict" may: they matter where a reader asks for
        them.
        """
        return self._tags <= {*tags.split(), "from", "to", "only", "verdict"}

    def place(self, tag: str) -> int:
        """Position of the first token with a tag; -1 if there is none."""
        places = (at for at, token in enumerate(self.tokens) if token.tag == tag)
        return next(places, -1)

    @property
    def number(self) -> str | None:
        """Its first number."""
        return self.numbers[0].value if self.numbers else None

    @property
    def time(self) -> str | None:
        """The first second that it names."""
        return next(iter(self.values("since") + self.values("time")), None)

    @property
    def rival(self) -> str | None:
        """The second of two emotions."""
        return self.emotions[1] if len(self.emotions) == 2 else None

    @cached_property
    def denied(self) -> bool:
        """Whether an odd number of negations occurs; "neither ... nor" is one."""
        negations = [t for t in self.tokens if t.tag == "not" and t.word != "nor"]
        return len(negations) % 2 == 1

    @cached_property
    def span(self) -> Span | None:
        """The time that is named, in seconds."""
        if not (times := self.values("span")):
            return None
        start, end = map(float, times[0].split())
        return Span(start=min(start, end), end=max(start, end))

    @cached_property
    def sense(self) -> str:
        """The one sense of the clause, of the one before, or of the cited votes.

        Empty if unclear, or if the clause is about the verdict instead.
        """
        senses = self.senses or self.context.senses
        if not senses and not self.has("verdict"):
            return self.cited_sense
        return senses[0] if len(senses) == 1 else ""

    @cached_property
    def cited_sense(self) -> str:
        """The one sense of the cited votes; empty if there are several."""
        cited = {p.modality for p in self.context.cited if p.distribution is not None}
        return cited.pop() if len(cited) == 1 else ""

    def named_emotions(self) -> list[NamedEmotion]:
        """Each emotion with its number, whether it is denied, and its rank."""
        named: list[NamedEmotion] = []
        denied = second = False
        leading: str | None = None  # The number of "with 0.85, anger".
        for at, token in enumerate(self.tokens):
            if token.tag in ("not", "instead"):
                denied = True
                # "Anger is not what the voice conveys."
                if token.tag == "not" and named and not self._has_after("emotion", at):
                    named[-1] = named[-1]._replace(denied=not named[-1].denied)
            elif token.tag == "rank" and named and not self._precedes_emotion(at):
                named[-1] = named[-1]._replace(second=True)
            elif token.tag == "rank":
                second = True
            elif token.tag == "emotion":
                named.append(NamedEmotion(token.value, leading, denied, second))
                denied = second = False
                leading = None
            elif token.tag == "number" and not named:
                leading = share_of(token)
            elif token.tag == "number" and named and named[-1].number is None:
                named[-1] = named[-1]._replace(number=share_of(token))
        return named

    def _has_after(self, tag: str, at: int) -> bool:
        return any(token.tag == tag for token in self.tokens[at + 1 :])

    def _precedes_emotion(self, at: int) -> bool:
        """Whether an emotion follows a token, with nothing but "most" between."""
        following = (t.tag for t in self.tokens[at + 1 :] if t.tag not in _SKIPPED)
        return next(following, "") == "emotion"


Reader = Callable[[Clause], list[Statement]]


def reads_only(tags: str) -> Callable[[Reader], Reader]:
    """Make a reader read nothing from a clause with other tags than these."""

    def restrict(reader: Reader) -> Reader:
        @wraps(reader)
        def read(clause: Clause) -> list[Statement]:
            return reader(clause) if clause.only(tags) else []

        return read

    return restrict


def share_of(number: Token) -> str:
    """A probability as it is written in the evidence: 60 % is 0.60."""
    if number.unit != "%":
        return number.value
    decimals = len(number.value.partition(".")[2])
    return f"{float(number.value) / 100:.{decimals + 2}f}"
