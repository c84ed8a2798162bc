"""Features of clips as a table: the agent's method `features`."""

from typing import TYPE_CHECKING

from affectgraph.agents.agent_base import AgentBase
from affectgraph.agents.clip_arguments import (
    Clips,
    clip_name,
    list_clips,
    sampling_rate_of,
)
from affectgraph.agents.features.table import (
    ClipToOpen,
    FeatureSense,
    choose_table,
    index_by_time,
    read_clips,
)
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.source import Source

if TYPE_CHECKING:
    import pandas


class FeatureMethods(AgentBase):
    """The part of an agent that measures without a verdict."""

    def features(
        self,
        sources: Clips,
        *,
        sense: FeatureSense,
        rate: float | None = None,
        landmarks: bool = False,
        functionals: bool = False,
        window: float | None = None,
        sampling_rate: int | None = None,
    ) -> "pandas.DataFrame":
        """Measure clips, frame by frame; `docs/features.md` explains every column.

        Args:
            sources: Clips, each as for `analyze`; or a folder, for the media in it.
            sense: `face`: a row a frame and person. `prosody`: a row every 10 ms.
                `transcript`: a row a word.
            rate: Of faces, frames a second; every frame if None.
            landmarks: Of faces, also the 68 landmarks.
            functionals: Of the voice, a row of statistics a clip.
            window: Seconds of a clip in one row of functionals; the whole clip if None.
            sampling_rate: Of clips given as arrays of audio; see `Clip.open`.

        Returns:
            The rows of all clips, indexed by time as `Timedelta`. A clip that cannot be
            used has a row with the `reason`, which is empty elsewhere.

        Raises:
            AffectgraphError: If an argument or the weights cannot be used, or no clip
                can.
        """
        import pandas

        table = choose_table(
            sense,
            rate=rate,
            landmarks=landmarks,
            functionals=functionals,
            window=window,
        )
        clips = [
            self._clip_to_open(source, sampling_rate)
            for source in list_clips("sources", sources)
        ]
        blocks = list(read_clips(table, clips))
        errors = [block.error for block in blocks if block.error is not None]
        if errors and len(errors) == len(blocks):
            raise errors[0]
        frames = [block.frame for block in blocks] or [table.frame({})]
        return index_by_time(pandas.concat(frames))

    def _clip_to_open(self, source: Source | Clip, rate: int | None) -> ClipToOpen:
        def open_it() -> Clip:
            return self.open_clip(source, sampling_rate=sampling_rate_of(source, rate))

        return ClipToOpen(clip_name(source), open_it)
