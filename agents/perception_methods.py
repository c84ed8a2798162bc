"""Perception without a verdict: the agent's methods `know` and `look`."""

from contextlib import suppress

from affectgraph.agents.agent_base import AgentBase
from affectgraph.agents.clip_arguments import Clips, list_clips, sampling_rate_of
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.source import Source
from affectgraph.tools.errors import SenseError, SettingError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.speaker import Speaker


class PerceptionMethods(AgentBase):
    """The part of an agent that perceives without reasoning."""

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
            self._open_clip(
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
        clip = self._open_clip(clip)
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
