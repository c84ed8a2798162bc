"""EmotionAgent: built once, called often, from any thread."""

from collections.abc import Iterator

from langchain_core.tools import BaseTool

from affectgraph.agents.analysis_methods import AnalysisMethods
from affectgraph.agents.annotation_methods import AnnotationMethods
from affectgraph.agents.clip_arguments import Clips, list_clips, sampling_rate_of
from affectgraph.agents.integrations.langchain_tool import as_tool
from affectgraph.agents.perception_methods import PerceptionMethods
from affectgraph.agents.replay_methods import ReplayMethods
from affectgraph.agents.thread_batch import analyze_all
from affectgraph.graphs.notebook import HtmlDisplay
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.source import Source
from affectgraph.tools.errors import AffectgraphError


class EmotionAgent(
    AnalysisMethods, PerceptionMethods, AnnotationMethods, ReplayMethods, HtmlDisplay
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

        def analyze(source: Source | Clip) -> Verdict:
            rate = sampling_rate_of(source, sampling_rate)
            return self.analyze(source, sampling_rate=rate)

        return analyze_all(analyze, list_clips("sources", sources), workers)

    def prepare(self, clip: Source | Clip) -> None:
        """Fetch every weights file that a clip needs; `analyze` does so by itself.

        Raises:
            WeightsError: If a file that a sense needs cannot be fetched.
        """
        self._resources.ensure_weights(self._open_clip(clip))
        _ = self._resources.reasoner

    def as_tool(self) -> BaseTool:
        """Return this agent as a LangChain tool; its artifact is the verdict."""
        return as_tool(self.analyze)

    @property
    def memory_place(self) -> str | None:
        """Where its cases are stored; None if they end with this process."""
        return self._memory.place

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
