"""Live analysis: the method of the agent."""

from collections.abc import Iterator

from affectgraph.agents.analysis_methods import AnalysisMethods
from affectgraph.agents.live.session import LiveSession
from affectgraph.agents.live.stream_buffer import Frames, Sound, StreamBuffer
from affectgraph.agents.live.update import LiveUpdate
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path


class LiveMethods(AnalysisMethods):
    """The part of an agent that follows a stream."""

    def live(
        self,
        frames: Frames | None = None,
        sound: Sound | None = None,
        *,
        record: AnyPath | None = None,
    ) -> Iterator[LiveUpdate]:
        """Follow a stream: a statement each second, and one for each utterance.

        Both sources are read by threads, so that they are never kept waiting; memory is
        bounded, and what nobody took in time is dropped and counted.

        Args:
            frames: Frames as they come: `Frame`s, or uint8 [height, width, 3], RGB.
            sound: Sound as it comes: int16, or float in [-1, 1], [n], at 16 kHz.
            record: Folder in which the run of each utterance is recorded for `replay`
                and `what_if`.

        Yields:
            `LiveUpdate`s, until the sources end.

        Raises:
            AffectgraphError: If a source fails, or a setting cannot be used.
        """
        if frames is None and sound is None:
            raise SettingError("live: pass frames, sound, or both")
        # Words take longer to recognise than a second gives.
        quick = [tool for tool in self._tools if tool.needs != "words"]
        glance = AnalysisMethods(
            tools=quick, memory=self._memory, purpose=self._purpose
        )
        session = LiveSession(
            StreamBuffer(frames, sound),
            self.analyze,
            glance.analyze if quick else None,
            checked_path("record", record),
        )
        yield from session.updates()
