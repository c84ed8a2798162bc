"""What if: run the graph again on a recorded run with edited evidence.

No sense runs again. Requests to the memory and the language model that the run made
before are answered from the record; new ones go to them, if they are available.
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
from affectgraph.graphs.replay.edits import Edits, EvidenceEditor
from affectgraph.graphs.replay.player import ReplayedCalls, recorded_context, run_graph
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.schema import SenseStatus, Verdict
from affectgraph.memory import Memory
from affectgraph.tools.evidence import Frozen


class WhatIf(Frozen):
    """The verdict on edited evidence, beside the original one.

    Attributes:
        original: Verdict of the recorded run.
        verdict: Verdict with the edits; `provenance.edits` lists them.
        changed: Nodes with another result, in order.
        unchanged: Nodes with the same result.
        recorded: Number of model replies taken from the record.
        asked: Number of new requests to the language model.
        unanswered: Number of new requests without a language model to answer them.
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
    """The verdict of a recorded run with edited evidence.

    Args:
        run: The recorded run.
        edits: Edits of its evidence.
        memory: Memory for new searches, if another emotion leads.
        model: Language model of the run, for new prompts; without it they stay
            unanswered, as in a run without a model.
    """
    editor = EvidenceEditor(edits, run.record.verdict.evidence)
    original, before = run_graph(recorded_context(run, ReplayedCalls(run)))
    calls = _EditedCalls(run, editor, has_model=model is not None)
    context = recorded_context(
        run, calls, model=model, memory=memory, edits=edits.descriptions
    )
    verdict, after = run_graph(context)
    nodes = dict.fromkeys([*before, *after])
    changed = tuple(n for n in nodes if before.get(n) != after.get(n))
    return WhatIf(
        original=original,
        verdict=verdict,
        changed=tuple(n for n in changed if n != "conclude"),
        unchanged=tuple(n for n in nodes if n not in changed),
        recorded=calls.recorded,
        asked=calls.asked,
        unanswered=calls.unanswered,
    )


class _EditedCalls(ExternalCalls):
    """Answers from the record if it can, and edits the evidence of the senses."""

    def __init__(
        self, run: RecordedRun, editor: EvidenceEditor, *, has_model: bool
    ) -> None:
        self.recorded = self.asked = self.unanswered = 0
        self._answers = {call.key: call.answer for call in run.record.calls}
        self._perceptions = {
            _unnumbered_key(call.question): call.answer
            for call in run.record.calls
            if isinstance(call.question, PerceptionRequest)
        }
        self._editor = editor
        self._has_model = has_model

    def answer(self, request: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """The recorded answer, or a new one; no sense ever runs."""
        if isinstance(request, PerceptionRequest):
            result = self._perceptions.get(_unnumbered_key(request))
            if not isinstance(result, PerceptionResult):
                result = _not_recorded()
            return cast(Answer, self._editor.apply(request, result))
        answer = self._answers.get(request.key)
        if isinstance(request, ModelRequest):
            self.recorded += answer is not None
            self.asked += answer is None and self._has_model
            self.unanswered += answer is None and not self._has_model
        return cast(Answer, answer) if answer else ask()


def _unnumbered_key(request: PerceptionRequest) -> str:
    """Key of a request, whatever the number of its first piece of evidence."""
    return request.model_copy(update={"first": 1}).key


def _not_recorded() -> PerceptionResult:
    reason = "the recorded run did not look there"
    return PerceptionResult(sensed=SenseStatus(state="absent", reason=reason))
