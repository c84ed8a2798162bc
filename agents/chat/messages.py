"""Messages of a conversation; a terminal or a web page renders them."""

from typing import Literal

from affectgraph.graphs.replay.edits import Edits
from affectgraph.tools.evidence import Fraction, Frozen


class AnswerLine(Frozen):
    """One sentence.

    Attributes:
        text: The sentence, without its citations.
        cites: Ids of the evidence and cases that support it.
        side: Whether they speak for or against the emotion of the question.
        by: `facts` if rendered from data, `llm` if written by a model and checked.
    """

    text: str
    cites: tuple[str, ...] = ()
    side: Literal["for", "against", ""] = ""
    by: Literal["facts", "llm"] = "facts"

    def __str__(self) -> str:
        return f"{self.text} [{', '.join(self.cites)}]" if self.cites else self.text


class AnswerTable(Frozen):
    """Rows with a name for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ChatAnswer(Frozen):
    """The answer to one line.

    Attributes:
        lines: Sentences, in order.
        tables: Tables below the sentences.
        problem: The line could not be answered; the sentences say why.
    """

    lines: tuple[AnswerLine, ...] = ()
    tables: tuple[AnswerTable, ...] = ()
    problem: bool = False

    @classmethod
    def of_text(cls, *sentences: str, problem: bool = False) -> "ChatAnswer":
        """An answer of sentences without citations."""
        lines = tuple(AnswerLine(text=sentence) for sentence in sentences)
        return cls(lines=lines, problem=problem)


class ChatTurn(Frozen):
    """A line, its answer, and the state after it.

    Attributes:
        step: Number of the state, from 0; `/rewind` goes back to it.
        line: Question or command; empty in the first turn.
        answer: The answer.
        edits: Changes to the recorded run after this turn.
        label: Label of the verdict after this turn.
        confidence: Confidence of that verdict.
    """

    step: int
    line: str
    answer: ChatAnswer
    edits: Edits
    label: str | None
    confidence: Fraction


def parse_line(line: str) -> tuple[str, str]:
    r"""Split a line into its command and the rest; a question has no command.

    Any white space separates words and counts as one blank.

    Example:
        >>> parse_line("/save\tverdict.json"), parse_line(" why  not\nsad? ")
        (('/save', 'verdict.json'), ('', 'why not sad?'))
    """
    text = " ".join(line.split())
    if not text.startswith("/"):
        return "", text
    command, _, rest = text.partition(" ")
    return command, rest


def normalize_line(line: str) -> str:
    """The line with single blanks between its words."""
    return " ".join(filter(None, parse_line(line)))
