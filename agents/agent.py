"""EmotionAgent: built once, called often, from any thread."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool

from affectgraph.agents.annotation_methods import AnnotationMethods
from affectgraph.agents.calibration_methods import CalibrationMethods
from affectgraph.agents.clip_arguments import (
    Clips,
    clip_name,
    list_clips,
    sampling_rate_of,
)
from affectgraph.agents.feature_methods import FeatureMethods
from affectgraph.agents.integrations import as_tool
from affectgraph.agents.live_methods import LiveMethods
from affectgraph.agents.notebook_views import agent_html
from affectgraph.agents.replay_methods import ReplayMethods
from affectgraph.agents.verdict_table import verdict_table, with_bar
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import MemoryTrust
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.source import Source
from affectgraph.tools.errors import (
    AffectgraphError,
    SenseError,
    SettingError,
    one_line,
)
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.speaker import Speaker

if TYPE_CHECKING:
    import pandas


class EmotionAgent(
    CalibrationMethods,
    LiveMethods,
    FeatureMethods,
    AnnotationMethods,
    ReplayMethods,
):
    """Tells what emotion a person expresses in a clip, and why.

    Models load at the first clip that needs them and are shared by all threads.

    Examples:
        >>> agent = EmotionAgent(llm=None)
        >>> verdict = agent.analyze(text="I am so happy that you came!")
        >>> verdict.label
        'happy'
    """

    def batch(
        self, sources: Clips, *, workers: int = 2, sampling_rate: int | None = None
    ) -> Iterator[Verdict | AffectgraphError]:
        """Analyse many clips; results are in the order of the sources.

        If a clip fails, its error takes the place of its verdict; the others go on.

        Args:
            sources: Clips, each as for `analyze`; or a folder, for the media in it.
            workers: Number of threads.
            sampling_rate: Of clips given as arrays of audio; see `Clip.open`.

        Raises:
            SettingError: If an argument as a whole cannot be used.
        """

        def analyze(source: Source | Clip) -> Verdict | AffectgraphError:
            rate = sampling_rate_of(source, sampling_rate)
            try:
                return self.analyze(source, sampling_rate=rate)
            except AffectgraphError as error:
                return error
            except Exception as error:  # one clip must not end the batch
                wrapped = AffectgraphError(one_line(error))
                wrapped.__cause__ = error
                return wrapped

        if not isinstance(workers, int) or workers < 1:
            raise SettingError("workers: pass a whole number from 1")
        return _map_in_order(analyze, list_clips("sources", sources), workers)

    def analyze_folder(
        self, folder: Clips, *, workers: int = 2, progress: bool = True
    ) -> "pandas.DataFrame":
        """Analyse the media in a folder and below as one table.

        Args:
            folder: The folder; or clips, each as for `analyze`.
            workers: Number of threads.
            progress: Show a bar on standard error, in a terminal or a notebook.

        Returns:
            The rows of `Verdict.to_pandas()` of all clips, and a column `reason`: why a
            clip, which has one row then, could not be analysed; empty elsewhere.

        Raises:
            AffectgraphError: If an argument cannot be used, or no clip can.
        """
        clips = list(list_clips("folder", folder))
        results = self.batch(clips, workers=workers)
        names = [clip_name(clip) for clip in clips]
        return verdict_table(
            names, with_bar(results, len(clips)) if progress else results
        )

    def prepare(self, clip: Source | Clip) -> None:
        """Fetch every weights file that a clip needs; `analyze` does so by itself.

        Raises:
            WeightsError: If a file that a sense needs cannot be fetched.
        """
        self._resources.ensure_weights(self.open_clip(clip))
        _ = self._resources.reasoner

    def know(self, sources: Clips, *, sampling_rate: int | None = None) -> Speaker:
        """Learn a person's baseline from earlier clips.

        Give about ten clips of different emotions: with clips of one emotion only,
        that emotion would be taken for the person's usual expression.

        Args:
            sources: Clips of one person; or one clip, or a folder of them.
            sampling_rate: Of clips given as arrays of audio; see `Clip.open`.

        Raises:
            AffectgraphError: If a clip cannot be used, or none shows the person.
        """
        clips = [
            self.open_clip(
                source, sampling_rate=sampling_rate_of(source, sampling_rate)
            )
            for source in list_clips("sources", sources)
        ]
        for clip in clips:
            self._resources.ensure_weights(clip)
            for tool in self._tools:
                if not tool.missing_input(clip):
                    with suppress(SenseError):
                        tool.perceive(clip, clip.span)
        return Speaker.of_clips(clips)

    def look(
        self, clip: Source | Clip, modality: str, span: Span, first: int
    ) -> list[Evidence]:
        """Perceive a span of a clip again with one sense, in more detail if it can.

        Args:
            clip: What to perceive.
            modality: Of the sense.
            span: The part of the clip, in seconds.
            first: Number in the id of the first piece of evidence.

        Returns:
            The evidence; `Edits(added=...)` puts it into a recorded run.

        Raises:
            SettingError: If there is no such sense, or the clip ends before the span.
            SenseError: If it perceives nothing there.
        """
        clip = self.open_clip(clip)
        tools = {tool.modality: tool for tool in self._tools}
        if modality not in tools:
            raise SettingError(f"no sense {modality!r}; there are {', '.join(tools)}")
        if span.end > clip.span.end:
            raise SettingError(f"{span}: the clip ends at {clip.span.end:.1f} s")
        tool = tools[modality]
        if reason := tool.missing_input(clip):
            raise SenseError(f"{modality} cannot look: {reason}")
        self._resources.ensure_weights(clip)
        evidence = tool.perceive(clip, span, first=first, fine=True)
        # Memory finds a clip by the embedding of the whole clip only.
        return [piece.model_copy(update={"embedding": None}) for piece in evidence]

    def as_tool(self) -> BaseTool:
        """Return this agent as a LangChain tool; its artifact is the verdict."""
        return as_tool(self.analyze)

    @property
    def memory_place(self) -> str | None:
        """Where its cases are stored; None if they end with this process."""
        return self._memory.place

    @property
    def memory_trust(self) -> MemoryTrust:
        """How far its own cases move an answer; its text says whether they help."""
        return self._memory.trust()

    @property
    def described(self) -> dict[str, str]:
        """Its settings as text, without any password or key."""
        return {
            "tools": ", ".join(tool.name for tool in self._tools),
            "llm": self._resources.model_name or "none",
            "memory": self.memory_place or "none that lasts",
            "purpose": self._purpose,
        }

    def __repr__(self) -> str:
        settings = (f"{name}: {value}" for name, value in self.described.items())
        return f"<EmotionAgent {', '.join(settings)}>"

    def _repr_html_(self) -> str:
        return agent_html(self.described)


def _map_in_order(
    analyze: Callable[[Any], Verdict | AffectgraphError],
    clips: Iterable[Any],
    workers: int,
) -> Iterator[Verdict | AffectgraphError]:
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(analyze, clips)
