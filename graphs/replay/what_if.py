"""What if: a recorded run once more, with something about its evidence changed.

No sense looks again. What the memory and the language model were asked before is
answered from the record; only what they are asked otherwise is asked of them, if they
are at hand.
"""

from collections.abc import Callable
from typing import cast

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.graphs.external_calls import (
    Answer,
    ExternalCalls,
    ExternalRequest,
    ModelRequest,
    PerceptionRequest,
    PerceptionResult,
)
from affectgraph.graphs.replay.edits import Editing, Edits
from affectgraph.graphs.replay.player import ReplayedCalls, recorded_context, run_graph
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.schema import SenseStatus, Verdict
from affectgraph.memory import Memory
from affectgraph.tools.evidence import Frozen


class WhatIf(Frozen):
    """A verdict beside the one that it would replace.

    Attributes:
        original: What the run came to.
        verdict: What it would come to; `provenance.edits` names the edits.
        changed: Nodes of the graph that came to something else, in their order.
        unchanged: Nodes that came to the same.
        recorded: Replies of the language model that were taken from the record.
        asked: Replies that it was asked for anew.
        unanswered: Questions that were new, with no language model at hand.
    """

    original: Verdict
    verdict: Verdict
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    recorded: int
    asked: int
    unanswered: int


def what_if(
    run: RecordedRun,
    edits: Edits,
    *,
    memory: Memory | None = None,
    model: BaseChatModel | None = None,
) -> WhatIf:
    """The verdict of a recorded run, had its evidence been another.

    Args:
        run: The recorded run.
        edits: What to change about what its senses told.
        memory: For cases, where another emotion leads.
        model: The language model of that run, for prompts that come out otherwise;
            without it those stay unanswered, as in a run without one.

    Raises:
        SettingError: If an edit does not fit the run; lists what does.
        RecordingError: If the run itself cannot be replayed.
    """
    editing = Editing(edits, run.sheet.verdict.evidence)
    original, before = run_graph(recorded_context(run, ReplayedCalls(run)))
    tape = _Edited(run, editing, at_hand=model is not None)
    context = recorded_context(run, tape, model=model, memory=memory, edits=edits.told)
    verdict, after = run_graph(context)
    nodes = dict.fromkeys([*before, *after])
    changed = tuple(n for n in nodes if before.get(n) != after.get(n))
    return WhatIf(
        original=original,
        verdict=verdict,
        changed=tuple(n for n in changed if n != "conclude"),
        unchanged=tuple(n for n in nodes if n not in changed),
        recorded=tape.recorded,
        asked=tape.asked,
        unanswered=tape.unanswered,
    )


class _Edited(ExternalCalls):
    """Answers from the record where it can, with edits in what the senses saw."""

    def __init__(self, run: RecordedRun, editing: Editing, *, at_hand: bool) -> None:
        self.recorded = self.asked = self.unanswered = 0
        self._answers = {told.key: told.answer for told in run.sheet.told}
        self._looks = {
            _unnumbered(told.question): told.answer
            for told in run.sheet.told
            if isinstance(told.question, PerceptionRequest)
        }
        self._editing = editing
        self._at_hand = at_hand

    def answer(self, question: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """The recorded answer, or a new one; no sense is ever asked."""
        known = self._answers.get(question.key)
        if isinstance(question, PerceptionRequest):
            seen = self._looks.get(_unnumbered(question))
            seen = seen if isinstance(seen, PerceptionResult) else _not_there()
            return cast(Answer, self._editing.seen(question, seen))
        if isinstance(question, ModelRequest):
            self.recorded += known is not None
            self.asked += known is None and self._at_hand
            self.unanswered += known is None and not self._at_hand
        return cast(Answer, known) if known else ask()


def _unnumbered(look: PerceptionRequest) -> str:
    """Key of a look, however much its sense had told before."""
    return look.model_copy(update={"first": 1}).key


def _not_there() -> PerceptionResult:
    reason = "the recorded run did not look there"
    return PerceptionResult(sensed=SenseStatus(state="absent", reason=reason))
