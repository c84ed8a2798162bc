"""What commands and questions have to work with."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat.messages import Answer, Line, Turn
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Evidence


@dataclass(frozen=True)
class Talk:
    """A conversation as it stands.

    Attributes:
        agent: Who computes.
        run: The recorded run that it is about.
        clip: What was analysed, for closer looks; None where it is not at hand.
        edits: What differs from the recorded run.
        last: The turn before.
        outcome: What the run comes to with edits.
        history: Every turn so far, oldest first.
        fork: Keeps every turn so far under another name.
    """

    agent: EmotionAgent
    run: RecordedRun
    clip: Clip | None
    edits: Edits
    last: Turn | None
    outcome: Callable[[Edits], WhatIf]
    history: Callable[[], list[Turn]]
    fork: Callable[[str], None]

    @property
    def verdict(self) -> Verdict:
        """What the run comes to now."""
        verdict = self.run.record.verdict
        return self.outcome(self.edits).verdict if self.edits.descriptions else verdict

    @property
    def evidence(self) -> dict[str, Evidence]:
        """What the verdict rests on now, by id."""
        return {piece.id: piece for piece in self.verdict.evidence}

    @property
    def senses(self) -> tuple[str, ...]:
        """Modality of each sense of the run."""
        return tuple(sense.modality for sense in self.run.record.senses)

    def edited(self, **changes: object) -> "Talk":
        """The same with these fields of its edits changed."""
        return replace(self, edits=self.edits.model_copy(update=changes))


@dataclass(frozen=True)
class Reply:
    """An answer, and the edits from then on."""

    answer: Answer
    edits: Edits


def said(*lines: str) -> Answer:
    """An answer of plain sentences."""
    return Answer(lines=tuple(Line(text=line) for line in lines))
