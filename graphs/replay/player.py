"""Replay of recorded runs: no model is loaded and no clip is opened."""

from collections.abc import Callable
from typing import Any, NoReturn, cast

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.graphs.external_calls import Answer, ExternalCalls, ExternalRequest
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.replay.record import CONTEXT_FIELDS, RecordedSense, RunRecord
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.graph import graph
from affectgraph.graphs.verdict.state import Context, VerdictInput
from affectgraph.tools.clip import Clip, ClipInfo, Limits
from affectgraph.tools.clip.content import Content
from affectgraph.tools.errors import RecordingError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import PerceptionTool

NodeUpdates = dict[str, list[Any]]


class ReplayedCalls(ExternalCalls):
    """Answers requests from a recorded run only."""

    def __init__(self, run: RecordedRun) -> None:
        self._record = run.record
        self._answers = {call.key: call.answer for call in run.record.calls}

    def answer(self, request: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """The recorded answer."""
        answer = self._answers.get(request.key)
        if answer is None:
            raise RecordingError(
                f"the run of {self._record.clip.name} does not answer this: "
                f"{_difference(request, self._record)} "
                f"(recorded by affectgraph {self._record.version})"
            )
        return cast(Answer, answer)


class RecordedClip(Clip):
    """A clip of which only the description and the vectors are stored."""

    def __init__(self, run: RecordedRun) -> None:
        self._info = run.record.clip
        self._still = run.record.still
        info = self._info
        super().__init__(
            Content(),
            name=info.name,
            sha256=info.sha256,
            footage=info.footage,
            turns=run.record.turns,
            limits=Limits(),
        )
        for key, vector in run.vectors.items():
            self.keep(key, vector)

    @property
    def info(self) -> ClipInfo:
        """Description of the clip."""
        return self._info

    @property
    def span(self) -> Span:
        """The whole clip."""
        return Span(start=0.0, end=self._info.seconds)

    @property
    def still(self) -> bool:
        """Whether the video was a single image."""
        return self._still


def replay(run: RecordedRun) -> Verdict:
    """The verdict of a recorded run, computed again from the recorded answers."""
    verdict, _ = run_graph(recorded_context(run, ReplayedCalls(run)))
    differing = _differing_fields(verdict.to_dict(), run.record.verdict.to_dict())
    if differing:
        raise RecordingError(
            f"the run of {run.record.clip.name} comes out otherwise: "
            f"{', '.join(differing)} (recorded by affectgraph {run.record.version})"
        )
    return verdict


def recorded_context(
    run: RecordedRun,
    external_calls: ExternalCalls,
    *,
    model: BaseChatModel | None = None,
    **changes: Any,
) -> Context:
    """The context for running the graph on a recorded run.

    Args:
        run: The recorded run.
        external_calls: Answers the requests.
        model: The language model, for requests without a recorded answer.
        **changes: Fields of the context that differ from the recorded ones.
    """
    record = run.record
    reasoner = None
    if record.reasoner is not None:
        reasoner = Reasoner(
            model,
            record.reasoner,
            settings=record.reasoner_settings,
            external_calls=external_calls,
            calls_tools=record.calls_tools,
        )
    recorded: dict[str, Any] = {
        **{name: getattr(record, name) for name in CONTEXT_FIELDS},
        "clip": RecordedClip(run),
        "tools": tuple(map(_stand_in, record.senses)),
        "reasoner": reasoner,
        "recorded_judgement": record.verdict.judgement,
        "external_calls": external_calls,
    }
    return Context(**{**recorded, **changes})


def run_graph(context: Context) -> tuple[Verdict, NodeUpdates]:
    """Run the verdict graph.

    Returns:
        The verdict, and the updates of each node in order, by its name.
    """
    updates: NodeUpdates = {}
    start = VerdictInput(clip=context.clip.info)
    for part in graph.stream(start, context=context, stream_mode="updates"):
        for node, update in part.items():
            updates.setdefault(node, []).append(update)
    return updates["conclude"][0]["verdict"], updates


def _stand_in(sense: RecordedSense) -> PerceptionTool:
    """A tool with the recorded properties; its answers are recorded, too."""

    def unavailable(clip: Clip, span: Span) -> NoReturn:
        raise RecordingError(f"{sense.name} is not here: the run is a recorded one")

    def unavailable_fine(clip: Clip, span: Span, *, fine: bool = False) -> NoReturn:
        unavailable(clip, span)

    # `PerceptionTool` reads from the signature whether a sense looks closer.
    function: Callable[..., list[Evidence]] = unavailable
    if sense.looks_closer:
        function = unavailable_fine
    return PerceptionTool(sense=function, **sense.model_dump(exclude={"looks_closer"}))


def _difference(request: ExternalRequest, record: RunRecord) -> str:
    """The difference between a request and the most similar one in the run."""
    fields = request.model_dump()
    differences = [
        [
            name
            for name, value in fields.items()
            if getattr(call.question, name) != value
        ]
        for call in record.calls
        if type(call.question) is type(request)
    ]
    kind = request.kind
    if not differences:
        return f"no {kind} is in it"
    names = min(differences, key=len)
    return f"the {kind} differs from the nearest recorded one in {', '.join(names)}"


def _differing_fields(actual: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Names of the fields that differ; those of `provenance` one by one."""
    provenance, expected_provenance = actual["provenance"], expected["provenance"]
    return [
        *(n for n in actual if n != "provenance" and actual[n] != expected.get(n)),
        *(
            f"provenance.{name}"
            for name, value in provenance.items()
            if value != expected_provenance.get(name)
        ),
    ]
