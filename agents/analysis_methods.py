"""Analysis of one clip by the verdict graph: the methods of the agent."""

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from numpy.typing import NDArray

from affectgraph.agents.agent_base import AgentBase
from affectgraph.agents.governance.purpose import purpose_conditions
from affectgraph.agents.runs import Event, open_recorder, run_config, run_input
from affectgraph.graphs.external_calls import ExternalCalls
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.graphs.schema import Decision, Review, Verdict
from affectgraph.graphs.utterances.speakers import Speakers
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools import weights
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import (
    AUTO,
    CLIP_LANGUAGE,
    ENGLISH,
    checked_language,
)
from affectgraph.tools.clip.source import Source, SupportsArray
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_type
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.speaker import Speaker

# Of a run: nothing is left to do.
_ENDED = object()


class AnalysisMethods(AgentBase):
    """The part of an agent that runs the verdict graph on a clip."""

    def analyze(
        self,
        source: Source | Clip | None = None,
        *,
        text: str | None = None,
        audio: NDArray[Any] | SupportsArray | None = None,
        sampling_rate: int | None = None,
        language: str = AUTO,
        explain_in: str = ENGLISH,
        speaker: Speaker | None = None,
        people: int | None = None,
        names: Mapping[str, str] | None = None,
        person: str | None = None,
        thread: str | None = None,
        record: Recorder | AnyPath | None = None,
    ) -> Verdict:
        """Analyse one clip.

        Args:
            source: Path, bytes, file object, PIL image or array. Or an open `Clip`,
                without text, audio and sampling rate; see `Clip.open`.
            text: The words, if they are known.
            audio: Audio of a video given as an array of frames; see `Clip.open`.
            sampling_rate: Of audio given as an array, in Hz; 16,000 if None.
            language: Of the words; see `Clip.open`.
            explain_in: Code of the language of the explanation, or `clip` for the
                clip's. In languages other than English it covers the evidence only.
            speaker: The person, from `know`; voice and face are compared with theirs.
            people: How many people speak, 1 to 26, if it is known. A clip of more than
                20 s, or one with this number, is cut into utterances of each of them.
            names: Names of the people by letter, `{"A": "Anna"}`; A speaks first.
            person: The one that the verdict is about, by name or letter.
            thread: Name of the run; with `runs`, an interrupted run continues.
            record: Folder in which the run is recorded for `replay` and `what_if`, or
                a `Recorder` that then holds the recording.

        Returns:
            The verdict; it may be an abstention.

        Raises:
            AffectgraphError: If the clip, a setting or the weights cannot be used.
        """
        *_, result = (
            None,
            *self.stream(
                source,
                text=text,
                audio=audio,
                sampling_rate=sampling_rate,
                language=language,
                explain_in=explain_in,
                speaker=speaker,
                people=people,
                names=names,
                person=person,
                thread=thread,
                record=record,
            ),
        )
        if not isinstance(result, Verdict):
            raise AffectgraphError("the run ended without a verdict")
        return result

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
        language: str = AUTO,
        explain_in: str = ENGLISH,
        speaker: Speaker | None = None,
        people: int | None = None,
        names: Mapping[str, str] | None = None,
        person: str | None = None,
        thread: str | None = None,
        record: Recorder | AnyPath | None = None,
    ) -> Iterator[Event | Verdict]:
        """Analyse one clip step by step: events while it runs, the verdict last.

        Arguments and errors are those of `analyze`.
        """
        clip = self.open_clip(
            source,
            text=text,
            audio=audio,
            sampling_rate=sampling_rate,
            language=language,
        )
        self._resources.ensure_weights(clip)
        run = checked_type("thread", thread, str) or uuid.uuid4().hex
        runs = self._runs if thread is None else self._thread_runs
        if runs.place is not None:
            clip.artifacts = runs.artifacts(clip.sha256)
        checked_type("speaker", speaker, Speaker)
        speakers = Speakers.of(people, names, person)
        if speaker is not None:
            speaker.attach(clip)
        recorder = open_recorder(record)
        config = run_config(run)
        start = run_input(runs, clip, config)
        if recorder is not None and (start is None or isinstance(start, Verdict)):
            raise SettingError(
                f"thread {run!r} has begun without being recorded; use a new name"
            )
        if isinstance(start, Verdict):
            self._log(start)
            yield start
            return
        calls = recorder or ExternalCalls()
        context = self._context(clip, run, calls, explain_in, speaker, speakers)
        yield from self._run(runs, start, config, context, recorder)
        runs.end(run)

    def context(self, clip: Source | Clip) -> Context:
        """Return what `graphs.verdict.graph.graph` needs as a part of another graph.

        Examples:
            >>> from affectgraph.agents import EmotionAgent
            >>> from affectgraph.graphs.verdict.graph import graph
            >>> clip = Clip.open(text="I am so happy that you came!")
            >>> context = EmotionAgent(llm=None).context(clip)
            >>> graph.invoke({"clip": clip.info}, context=context)["verdict"].label
            'happy'

        Raises:
            WeightsError: If weights that the clip needs cannot be fetched.
        """
        opened = self.open_clip(clip)
        self._resources.ensure_weights(opened)
        return self._context(opened, "", ExternalCalls())

    def _run(
        self,
        runs: RunStore,
        start: Any,
        config: RunnableConfig,
        context: Context,
        recorder: Recorder | None,
    ) -> Iterator[Event | Verdict]:
        verdict = None
        while start is not _ENDED:
            for mode, part in runs.steps(start, config, context):
                if mode == "custom":
                    yield Event.of(part)
                else:
                    verdict = part.get("verdict", verdict)
            start = self._answer_review(runs, config)
        if verdict is not None:
            self._log(verdict)
            if recorder is not None:
                recorder.close(context, verdict)
            self._annotations.hold(context.clip, verdict)
            yield verdict

    def _answer_review(self, runs: RunStore, config: RunnableConfig) -> Any:
        """What a run that waits for a person goes on with; `_ENDED` if none waits."""
        if self._review is None:
            return _ENDED
        waiting = runs.state(config).interrupts
        if not waiting:
            return _ENDED
        answer = self._review(Decision.model_validate(waiting[0].value))
        review = answer if isinstance(answer, Review) else Review(label=answer)
        return Command(resume=review.model_dump(mode="json"))

    def _log(self, verdict: Verdict) -> None:
        if self._audit_log is not None:
            self._audit_log.append(verdict)

    def _context(
        self,
        clip: Clip,
        thread: str,
        calls: ExternalCalls,
        explain_in: str = ENGLISH,
        speaker: Speaker | None = None,
        speakers: Speakers | None = None,
    ) -> Context:
        language = clip.language if explain_in == CLIP_LANGUAGE else explain_in
        if language == AUTO:
            language = ENGLISH
        reasoner = self._resources.reasoner
        settings = {
            "tools": [tool.name for tool in self._tools],
            "purpose": self._purpose,
            "coverage": self._coverage,
            "budget": self._budget.model_dump(),
        }
        hears = any(tool.needs != "video" for tool in self._tools)
        return Context(
            clip=clip,
            tools=self._tools,
            memory=self._memory,
            reasoner=reasoner and reasoner.with_calls(calls),
            measurement=self._resources.measurement,
            review=self._review is not None,
            budget=self._budget,
            coverage=self._coverage,
            explain_in=checked_language(language),
            speakers=speakers or Speakers(),
            thread=thread,
            notes=(
                *self._resources.missing,
                *purpose_conditions(self._purpose),
                *clip.notes(of_sound=hears),
            ),
            settings=settings,
            weights={tool.name: _weights_hashes(tool, clip) for tool in self._tools},
            external_calls=calls,
            # Evidence that depends on a speaker must not be cached for the clip.
            evidence_cache=None if speaker else self._evidence_cache,
        )


def _weights_hashes(tool: PerceptionTool, clip: Clip) -> dict[str, str]:
    """Return name to SHA-256 of the weights that a sense loads for a clip."""
    names = () if tool.missing_input(clip) else tool.needed_weights(clip)
    return {
        entry.name: entry.sha256 for n in names for entry in weights.group_entries(n)
    }
