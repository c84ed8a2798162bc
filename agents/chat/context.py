"""Data that commands and questions work with."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat.messages import ChatAnswer, ChatTurn
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Evidence


@dataclass(frozen=True)
class ChatContext:
    """State of a conversation.

    Attributes:
        agent: The agent that computes.
        run: The recorded run under discussion.
        clip: The clip, for closer looks; None if it is not available.
        edits: Changes to the recorded run.
        last: The previous turn.
        outcome: Computes the run with edits.
        history: Returns every turn so far, oldest first.
        fork: Copies every turn so far to another thread.
    """

    agent: EmotionAgent
    run: RecordedRun
    clip: Clip | None
    edits: Edits
    last: ChatTurn | None
    outcome: Callable[[Edits], WhatIf]
    history: Callable[[], list[ChatTurn]]
    fork: Callable[[str], None]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run with the edits."""
        if not self.edits.descriptions:
            return self.run.record.verdict
        return self.outcome(self.edits).verdict

    @property
    def evidence(self) -> dict[str, Evidence]:
        """Evidence of the current verdict, by id."""
        return {piece.id: piece for piece in self.verdict.evidence}

    @property
    def senses(self) -> tuple[str, ...]:
        """Modality of each sense of the run."""
        return tuple(sense.modality for sense in self.run.record.senses)

    @property
    def case_ids(self) -> list[str]:
        """Ids of the recalled cases: C1, C2, ..."""
        return [f"C{number}" for number in range(1, len(self.verdict.cases) + 1)]

    def edited(self, **changes: object) -> "ChatContext":
        """A copy with these fields of its edits changed."""
        return replace(self, edits=self.edits.model_copy(update=changes))


@dataclass(frozen=True)
class CommandResult:
    """An answer, and the edits after it."""

    answer: ChatAnswer
    edits: Edits
