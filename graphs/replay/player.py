"""Replay: a recorded run once more, with no model loaded and no clip opened."""

from collections.abc import Callable
from typing import Any, NoReturn, cast

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.graphs.external_calls import Answer, ExternalCalls, ExternalRequest
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.replay.recording import RecordedRun, RecordedSense, RunRecord
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.graph import graph
from affectgraph.graphs.verdict.state import Context, Input
from affectgraph.tools.clip import Clip, ClipInfo, Limits
from affectgraph.tools.errors import RecordingError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import PerceptionTool

Steps = dict[str, list[Any]]


class ReplayedCalls(ExternalCalls):
    """Answers from a recorded run, and from nothing else."""

    def __init__(self, run: RecordedRun) -> None:
        self._sheet = run.sheet
        self._answers = {told.key: told.answer for told in run.sheet.told}

    def answer(self, question: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """The recorded answer.

        Raises:
            RecordingError: If the question was not asked in the run; says what differs.
        """
        known = self._answers.get(question.key)
        if known is None:
            raise RecordingError(
                f"the run of {self._sheet.clip.name} does not answer this: "
                f"{_difference(question, self._sheet)} "
                f"(recorded by affectgraph {self._sheet.version})"
            )
        return cast(Answer, known)


class RecordedClip(Clip):
    """A clip of which only the description and the vectors are left."""

    def __init__(self, run: RecordedRun) -> None:
        self._info = run.sheet.clip
        self._still = run.sheet.still
        info = self._info
        super().__init__(
            name=info.name, sha256=info.sha256, footage=info.footage, limits=Limits()
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
        """The picture was a single image."""
        return self._still


def replay(run: RecordedRun) -> Verdict:
    """The verdict of a recorded run, computed again from what the run was told.

    Raises:
        RecordingError: If something is asked that was not asked then, or the verdict
            is not the one that was recorded; says what differs.
    """
    verdict, _ = run_graph(recorded_context(run, ReplayedCalls(run)))
    differing = _differing(verdict.to_dict(), run.sheet.verdict.to_dict())
    if differing:
        raise RecordingError(
            f"the run of {run.sheet.clip.name} comes out otherwise: "
            f"{', '.join(differing)} (recorded by affectgraph {run.sheet.version})"
        )
    return verdict


def recorded_context(
    run: RecordedRun,
    tape: ExternalCalls,
    *,
    model: BaseChatModel | None = None,
    **changes: Any,
) -> Context:
    """The context in which a recorded run goes once more.

    Args:
        run: The recorded run.
        tape: What answers its questions.
        model: The language model, if the tape does not answer them all.
        **changes: Fields of the context that differ from the recorded ones.
    """
    sheet = run.sheet
    reasoner = None
    if sheet.reasoner is not None:
        settings = sheet.reasoner_settings
        reasoner = Reasoner(model, sheet.reasoner, settings=settings, tape=tape)
    given: dict[str, Any] = {
        "clip": RecordedClip(run),
        "tools": tuple(map(_stand_in, sheet.senses)),
        "reasoner": reasoner,
        "budget": sheet.budget,
        "coverage": sheet.coverage,
        "explain_in": sheet.explain_in,
        "thread": sheet.thread,
        "notes": sheet.notes,
        "settings": sheet.settings,
        "version": sheet.version,
        "weights": sheet.weights,
        "external_calls": tape,
    }
    return Context(**{**given, **changes})


def run_graph(context: Context) -> tuple[Verdict, Steps]:
    """Let the verdict graph run in a context.

    Returns:
        The verdict, and what each node came to, in order, by its name.
    """
    steps: Steps = {}
    start = Input(clip=context.clip.info)
    for part in graph.stream(start, context=context, stream_mode="updates"):
        for node, update in part.items():
            steps.setdefault(node, []).append(update)
    return steps["conclude"][0]["verdict"], steps


def _stand_in(sense: RecordedSense) -> PerceptionTool:
    """A tool that is known by its contract; its answers are on the tape."""

    def absent(clip: Clip, span: Span) -> NoReturn:
        raise RecordingError(f"{sense.name} is not here: the run is a recorded one")

    def absent_closer(clip: Clip, span: Span, *, fine: bool = False) -> NoReturn:
        absent(clip, span)

    given = sense.model_dump(exclude={"looks_closer"})
    stand_in: Callable[..., list[Evidence]] = absent
    if sense.looks_closer:
        stand_in = absent_closer
    return PerceptionTool(sense=stand_in, **given)


def _difference(question: ExternalRequest, sheet: RunRecord) -> str:
    """What sets a question apart from the nearest one in the run."""
    asked = question.model_dump()
    apart = [
        [name for name, value in asked.items() if getattr(told.question, name) != value]
        for told in sheet.told
        if type(told.question) is type(question)
    ]
    what = question.kind
    if not apart:
        return f"no {what} is in it"
    names = min(apart, key=len)
    return f"the {what} differs from the nearest recorded one in {', '.join(names)}"


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of what differs, one level into `provenance`."""
    inner = [
        f"provenance.{name}"
        for name in one["provenance"]
        if one["provenance"][name] != other["provenance"].get(name)
    ]
    outer = [name for name in one if one[name] != other.get(name)]
    return [name for name in outer if name != "provenance"] + inner
