"""Labels of people in the memory: the methods of the agent."""

from collections.abc import Sequence

from affectgraph.agents.agent_base import AgentBase
from affectgraph.agents.annotation import Annotator
from affectgraph.graphs.replay.player import RecordedClip
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Case, Correction, Recalled
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.source import Source


class AnnotationMethods(AgentBase):
    """The part of an agent that stores the labels of people in its memory."""

    def remember(
        self,
        source: Source | Clip | None,
        label: str,
        labels: Sequence[str] = (),
        *,
        text: str | None = None,
        by: Annotator | None = None,
    ) -> tuple[Case, bool]:
        """Store an annotated clip in the memory: its vectors and a summary, no media.

        Args:
            source: What to open; see `Clip.open`.
            label: A basic emotion, or a word for one.
            labels: More words, most specific first.
            text: The words, if they are known.
            by: Who labels the clip, and what is known about it.

        Returns:
            The case, and whether it is new. A stored clip is not perceived again.

        Raises:
            AffectgraphError: If the clip, the label or the memory cannot be used, or
                no sense gives a vector to recall the clip by.
        """
        clip = self.open_clip(source, text=text)
        return self._annotations.remember(clip, label, labels, by or Annotator())

    def alike(
        self, source: Source | Clip | None, *, text: str | None = None, limit: int = 10
    ) -> list[Recalled]:
        """Find cases similar to a clip, whatever their labels; never the clip itself.

        Raises:
            AffectgraphError: If the clip or the memory cannot be used.
        """
        return self._annotations.alike(self.open_clip(source, text=text), limit)

    def correct(
        self,
        verdict: Verdict | RecordedRun,
        label: str,
        note: str = "",
        annotator: str = "",
        *,
        clip: Source | Clip | None = None,
    ) -> Correction:
        """Store the label that a verdict should have had.

        Its clip becomes a case. The case is recalled for similar clips, never for the
        clip itself. A later correction replaces an earlier one; `Memory.history` lists
        all of them.

        Args:
            verdict: The verdict, right or wrong; or its recorded run, with the vectors.
            label: A basic emotion, or a word for one.
            note: The reason.
            annotator: Who corrects it.
            clip: The clip, to perceive it again. Only needed if its vectors are
                neither with this agent (which holds those of the last 256 clips), nor
                in its folder of runs, nor in the memory.

        Raises:
            AffectgraphError: If the label or the clip cannot be used, or there are no
                vectors to recall the case by.
        """
        by = Annotator(name=annotator, label_source="correction of a verdict")
        opened = None if clip is None else self.open_clip(clip)
        if isinstance(verdict, RecordedRun):
            run, verdict = verdict, verdict.record.verdict
            self._annotations.hold(RecordedClip(run), verdict)
        return self._annotations.correct(verdict, label, note, by, opened)

    def undo(self, verdict: Verdict, note: str = "", annotator: str = "") -> Correction:
        """Take back the correction in force for the clip of a verdict.

        Raises:
            SettingError: If there is none.
        """
        clip = verdict.clip.identity
        return self._memory.undo(clip, note=note, annotator=annotator)
