"""EmotionAgent: built once, called often, from any thread."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from numpy.typing import NDArray

from affectgraph.agents.annotation.annotation_methods import Annotating
from affectgraph.agents.annotation.annotations import Annotations
from affectgraph.agents.events import Event
from affectgraph.agents.governance.audit_log import Audit
from affectgraph.agents.governance.purpose import conditions, declared
from affectgraph.agents.integrations.langchain_tool import as_tool
from affectgraph.agents.many_clips import Clips, answers, listed
from affectgraph.agents.replay_methods import Reviewing
from affectgraph.agents.resources import Readiness
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.graphs.external_calls import ExternalCalls
from affectgraph.graphs.notebook import HtmlDisplay
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.graphs.reasoner import models
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.state import Budget, Context
from affectgraph.memory import Memory, Place, database_from_env
from affectgraph.tools import registry, weights
from affectgraph.tools.clip import Clip, ClipInfo, Limits
from affectgraph.tools.clip.language import CLIP_LANGUAGE, ENGLISH, checked_language
from affectgraph.tools.clip.limits import checked_limits
from affectgraph.tools.clip.source import Source, SupportsArray
from affectgraph.tools.errors import AffectgraphError, SenseError, SettingError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.io.arguments import AnyPath, checked_type
from affectgraph.tools.io.processors import processor_count
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.speaker import Speaker


class EmotionAgent(Annotating, Reviewing, HtmlDisplay):
    """Tells what emotion a person expresses in a clip, and why.

    Models load at the first clip that needs them and are shared by all threads.

    Examples:
        >>> agent = EmotionAgent(llm=None)
        >>> verdict = agent.analyze(text="I am so happy that you came!")
        >>> verdict.label
        'happy'
    """

    def __init__(
        self,
        *,
        llm: str | BaseChatModel | None = models.DEFAULT_MODEL,
        tools: Sequence[str | PerceptionTool] | str | PerceptionTool | None = None,
        memory: Memory | Place | None = None,
        budget: Budget | None = None,
        coverage: float = 0.9,
        limits: Limits | None = None,
        runs: Place | None = None,
        purpose: str | None = None,
        audit: AnyPath | None = None,
        evidence: AnyPath | None = None,
        progress: bool = False,
    ) -> None:
        """Choose how to perceive and reason; nothing is loaded yet.

        Args:
            llm: `PROVIDER:MODEL`, a LangChain chat model, or None to do without.
            tools: Senses by name, such as "face,prosody" or ["face"], or your own; all
                that come with the package if None.
            memory: Annotated cases, or where they are, as of `Memory`; the seed cases
                of the package if None.
            budget: Rounds, calls, tokens and seconds of reasoning.
            coverage: How often the prediction set should hold the right label.
            limits: Caps on a clip's duration, pixels, frames and text.
            runs: Where every run is kept: a folder, or the address of a PostgreSQL
                database. Without, those with a thread are kept in the database of
                the setting `AFFECTGRAPH_DATABASE`, if there is one.
            purpose: What verdicts are for; see `declared` of `agents.governance.purpose`.
            audit: File to log every verdict in; one that cannot be logged is not given.
            evidence: Folder to keep what senses say in, words included, and to take it
                from when the same clip comes again; see `graphs.evidence_cache`.
            progress: Say on standard error what is fetched.

        Raises:
            SettingError: If a setting cannot be used, or the purpose is forbidden.
        """
        self._tools = registry.select_tools(tools)
        self._memory = memory if isinstance(memory, Memory) else Memory(memory)
        self._budget = checked_type("budget", budget or Budget(), Budget)
        self._coverage = _checked_coverage(coverage)
        self._limits = checked_limits(limits)
        self._runs = RunStore(runs)
        self._purpose = declared(purpose)
        self._audit = None if audit is None else Audit(audit)
        self._kept = None if evidence is None else EvidenceCache(evidence)
        self._ready = Readiness(llm, self._tools, progress=progress)
        self._annotations = Annotations(
            self._memory,
            self._tools,
            prepare=self._ready.senses,
            kept=lambda clip: self._named_runs.artifacts(clip),
        )

    def analyze(
        self,
        source: Source | Clip | None = None,
        *,
        text: str | None = None,
        audio: NDArray[Any] | SupportsArray | None = None,
        sampling_rate: int | None = None,
        language: str = ENGLISH,
        explain_in: str = ENGLISH,
        speaker: Speaker | None = None,
        thread: str | None = None,
        record: Recorder | AnyPath | None = None,
    ) -> Verdict:
        """Analyse one clip.

        Args:
            source: Path, bytes, file object, PIL image, array, or an opened `Clip`,
                which comes alone; see `Clip.open`.
            text: The words, where they are known.
            audio: Sound for an array of pictures; see `Clip.open`.
            sampling_rate: Of sound given as an array, in Hz; 16,000 if None.
            language: Of the words; see `Clip.open`.
            explain_in: Code of the language of the explanation, or `clip` for the
                clip's. Other than in English it puts the evidence alone into words.
            speaker: Who it is, from `know`; voice and face are compared with theirs.
            thread: Name of the run; with `runs`, one that was cut off is taken up.
            record: Folder into which the run is recorded, for `replay` and `what_if`;
                or a `Recorder`, which then has it.

        Returns:
            The verdict; it may be an abstention.

        Raises:
            AffectgraphError: If the clip, a setting or the weights cannot be used.
        """
        *_, verdict = (
            None,
            *self.stream(
                source,
                text=text,
                audio=audio,
                sampling_rate=sampling_rate,
                language=language,
                explain_in=explain_in,
                speaker=speaker,
                thread=thread,
                record=record,
            ),
        )
        if not isinstance(verdict, Verdict):
            raise AffectgraphError("the run ended without a verdict")
        return verdict

    async def aanalyze(
        self, source: Source | Clip | None = None, **how: Any
    ) -> Verdict:
        """`analyze`, in a worker thread, for asynchronous programs."""
        return await asyncio.to_thread(self.analyze, source, **how)

    def stream(
        self,
        source: Source | Clip | None = None,
        *,
        text: str | None = None,
        audio: NDArray[Any] | SupportsArray | None = None,
        sampling_rate: int | None = None,
        language: str = ENGLISH,
        explain_in: str = ENGLISH,
        speaker: Speaker | None = None,
        thread: str | None = None,
        record: Recorder | AnyPath | None = None,
    ) -> Iterator[Event | Verdict]:
        """Analyse one clip, step by step: events while it runs, last the verdict.

        Arguments and errors are those of `analyze`.
        """
        clip = self._opened(
            source,
            text=text,
            audio=audio,
            sampling_rate=sampling_rate,
            language=language,
        )
        self._ready.senses(clip)
        run = checked_type("thread", thread, str) or uuid.uuid4().hex
        runs = self._runs if thread is None else self._named_runs
        if runs.place is not None:
            clip.artifacts = runs.artifacts(clip.sha256)
        checked_type("speaker", speaker, Speaker)
        if speaker is not None:
            speaker.attach(clip)
        config: RunnableConfig = {
            "configurable": {"thread_id": run},
            # LangGraph keeps one of them waiting for what nodes tell.
            "max_concurrency": processor_count() + 1,
        }
        recorder = _recorder(record)
        start = _start(runs, clip, config)
        if recorder is not None and (start is None or isinstance(start, Verdict)):
            raise SettingError(
                f"thread {run!r} has begun without being recorded; use a new name"
            )
        if isinstance(start, Verdict):
            self._log(start)
            yield start
            return
        context = self._context(
            clip, run, recorder or ExternalCalls(), explain_in, speaker
        )
        verdict = None
        for mode, part in runs.steps(start, config, context):
            if mode == "custom":
                yield Event.of(part)
            else:
                verdict = part.get("verdict", verdict)
        if verdict is not None:
            self._log(verdict)
            if recorder is not None:
                recorder.close(context, verdict)
            self._annotations.hold(clip, verdict)
            yield verdict
        runs.end(run)

    def know(self, sources: Clips, *, sampling_rate: int | None = None) -> Speaker:
        """Know a person from earlier clips, to be told apart from their emotion.

        About ten clips of different emotions are worth having; of one emotion only,
        that emotion would pass for the person.

        Args:
            sources: Clips of one person; or one clip, or a folder of them.
            sampling_rate: Of those given as arrays of sound; see `Clip.open`.

        Raises:
            AffectgraphError: If a clip cannot be used, or none shows the person.
        """
        clips = [
            self._opened(source, sampling_rate=_rate_of(source, sampling_rate))
            for source in listed("sources", sources)
        ]
        for clip in clips:
            self._ready.senses(clip)
            for tool in self._tools:
                if not tool.missing_input(clip):
                    with suppress(SenseError):
                        tool.perceive(clip, clip.span)
        return Speaker.of_clips(clips)

    def look(
        self, clip: Source | Clip, modality: str, span: Span, first: int
    ) -> list[Evidence]:
        """Have one sense look once more, closer where it can, at a span of a clip.

        Args:
            clip: What to perceive.
            modality: Of the sense.
            span: The seconds to look at.
            first: Number of the first piece of evidence.

        Returns:
            What it found; `Edits(added=...)` puts it into a recorded run.

        Raises:
            SettingError: If there is no such sense, or the clip ends before the span.
            SenseError: If it can perceive nothing there.
        """
        clip = self._opened(clip)
        known = {tool.modality: tool for tool in self._tools}
        if modality not in known:
            raise SettingError(f"no sense {modality!r}; there are {', '.join(known)}")
        if span.end > clip.span.end:
            raise SettingError(f"{span}: the clip ends at {clip.span.end:.1f} s")
        tool = known[modality]
        if lacking := tool.missing_input(clip):
            raise SenseError(f"{modality} cannot look: {lacking}")
        self._ready.senses(clip)
        found = tool.perceive(clip, span, first=first, fine=True)
        # The clip is recalled by what it is as a whole.
        return [piece.model_copy(update={"embedding": None}) for piece in found]

    @property
    def memory_place(self) -> str | None:
        """Where its cases are kept; None where they end with this process."""
        return self._memory.place

    @property
    def described(self) -> dict[str, str]:
        """What it works with, in words; no password and no key is among them."""
        return {
            "tools": ", ".join(tool.name for tool in self._tools),
            "llm": self._ready.name or "none",
            "memory": self.memory_place or "none that lasts",
            "purpose": self._purpose,
        }

    def __repr__(self) -> str:
        told = ", ".join(f"{name}: {value}" for name, value in self.described.items())
        return f"<EmotionAgent {told}>"

    def batch(
        self, sources: Clips, *, workers: int = 2, sampling_rate: int | None = None
    ) -> Iterator[Verdict | AffectgraphError]:
        """Analyse many clips; results in the order of the sources.

        A clip that fails gives its error in place of a verdict; the others go on.

        Args:
            sources: Clips, each as for `analyze`; or a folder, for the media in it.
            workers: Threads.
            sampling_rate: Of those given as arrays of sound; see `Clip.open`.

        Raises:
            SettingError: If an argument cannot be used as a whole.
        """

        def analyze(source: Source | Clip) -> Verdict:
            return self.analyze(source, sampling_rate=_rate_of(source, sampling_rate))

        return answers(analyze, listed("sources", sources), workers)

    def prepare(self, clip: Source | Clip) -> None:
        """Have every weights file that a clip needs; `analyze` does so by itself.

        Raises:
            WeightsError: If one of a sense cannot be had.
        """
        self._ready.senses(self._opened(clip))
        _ = self._ready.reasoner

    def as_tool(self) -> BaseTool:
        """This agent as a LangChain tool; its artifact is the verdict."""
        return as_tool(self.analyze)

    def context(self, clip: Source | Clip) -> Context:
        """What `graphs.verdict.graph.graph` runs with as a part of another graph.

        Examples:
            >>> from affectgraph.graphs.verdict.graph import graph
            >>> clip = Clip.open(text="I am so happy that you came!")
            >>> context = EmotionAgent(llm=None).context(clip)
            >>> graph.invoke({"clip": clip.info}, context=context)["verdict"].label
            'happy'

        Raises:
            WeightsError: If weights that the clip needs cannot be had.
        """
        opened = self._opened(clip)
        self._ready.senses(opened)
        return self._context(opened, "", ExternalCalls())

    @cached_property
    def _named_runs(self) -> RunStore:
        """Where runs with a thread are kept, opened by the first of them."""
        return RunStore(database_from_env()) if self._runs.place is None else self._runs

    def _opened(self, source: Source | Clip | None, **how: Any) -> Clip:
        if not isinstance(source, Clip):
            return Clip.open(source, limits=self._limits, **how)
        beside = {"text", "audio", "sampling_rate"} & how.keys()
        if given := [name for name in sorted(beside) if how[name] is not None]:
            raise SettingError(f"{given[0]}: the clip is open; give it to Clip.open")
        return source

    def _log(self, verdict: Verdict) -> None:
        if self._audit is not None:
            self._audit.append(verdict)

    def _context(
        self,
        clip: Clip,
        thread: str,
        tape: ExternalCalls,
        explain_in: str = ENGLISH,
        speaker: Speaker | None = None,
    ) -> Context:
        spoken = clip.language if explain_in == CLIP_LANGUAGE else explain_in
        reasoner = self._ready.reasoner
        settings = {
            "tools": [tool.name for tool in self._tools],
            "purpose": self._purpose,
            "coverage": self._coverage,
            "budget": self._budget.model_dump(),
        }
        return Context(
            clip=clip,
            tools=self._tools,
            memory=self._memory,
            reasoner=reasoner and reasoner.with_calls(tape),
            budget=self._budget,
            coverage=self._coverage,
            explain_in=checked_language(spoken),
            thread=thread,
            notes=(
                *self._ready.lacking,
                *conditions(self._purpose),
                *clip.notes(of_sound=any(t.needs != "video" for t in self._tools)),
            ),
            settings=settings,
            weights={tool.name: _hashes(tool, clip) for tool in self._tools},
            external_calls=tape,
            # What is compared with a speaker is not about the clip alone.
            evidence_cache=None if speaker else self._kept,
        )


def _checked_coverage(coverage: float) -> float:
    if not isinstance(coverage, float | int) or not 0.5 <= coverage < 1.0:
        raise SettingError(f"coverage is {coverage!r}; use 0.5 up to below 1")
    return coverage


def _rate_of(source: Source | Clip, sampling_rate: int | None) -> int | None:
    """An open clip knows its own, beside others that are yet to be opened."""
    return None if isinstance(source, Clip) else sampling_rate


def _recorder(record: Recorder | AnyPath | None) -> Recorder | None:
    if record is None or isinstance(record, Recorder):
        return record
    return Recorder(record)


def _start(runs: RunStore, clip: Clip, config: RunnableConfig) -> Any:
    """Input of a new run, None to go on with one, or its verdict if it ended."""
    state = runs.state(config)
    known = state.values.get("clip")
    if known is None:
        return {"clip": clip.info}
    if not isinstance(known, ClipInfo) or known.sha256 != clip.sha256:
        name = config["configurable"]["thread_id"]
        raise SettingError(f"thread {name!r} holds another clip; use a new name")
    # A step may be done and yet not be followed by the next, for which there was no
    # time or no room any more.
    return None if state.next else state.values.get("verdict")


def _hashes(tool: PerceptionTool, clip: Clip) -> dict[str, str]:
    """SHA-256 of the weights that a sense loads for a clip, by name."""
    names = () if tool.missing_input(clip) else tool.needed_weights(clip)
    return {
        entry.name: entry.sha256 for n in names for entry in weights.group_entries(n)
    }
