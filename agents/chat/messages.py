"""What a conversation is made of; a terminal or a page renders it as it likes."""

from typing import Literal

from affectgraph.graphs.replay.edits import Edits
from affectgraph.tools.evidence import Fraction, Frozen


class Line(Frozen):
    """One sentence.

    Attributes:
        text: The sentence, without its citations.
        cites: Evidence and case ids that it rests on.
        side: Whether these speak for or against the emotion that was asked about.
        by: Rendered from `facts`, or written by the `llm` and checked.
    """

    text: str
    cites: tuple[str, ...] = ()
    side: Literal["for", "against", ""] = ""
    by: Literal["facts", "llm"] = "facts"

    def __str__(self) -> str:
        return f"{self.text} [{', '.join(self.cites)}]" if self.cites else self.text


class Table(Frozen):
    """Rows with a name for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Answer(Frozen):
    """What is said to one line.

    Attributes:
        lines: Sentences, in order.
        tables: Shown after them.
        problem: It says only what was wrong with the line.
    """

    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    problem: bool = False


class Turn(Frozen):
    """A line, its answer, and the state of things after it.

    Attributes:
        step: Number of the state, from 0; `/rewind` goes back to it.
        line: What was said; empty at the beginning.
        answer: What was answered.
        edits: What differs from the recorded run from then on.
        label: Of the verdict from then on.
        confidence: Of that verdict.
    """

    step: int
    line: str
    answer: Answer
    edits: Edits
    label: str | None
    confidence: Fraction
