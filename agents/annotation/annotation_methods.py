"""What people say of clips and verdicts, through the agent."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from affectgraph.agents.annotation.annotations import Annotations
from affectgraph.agents.annotation.annotator import Annotator
from affectgraph.graphs.replay.player import RecordedClip
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Case, Correction, Memory, Recalled
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.source import Source


class Annotating(ABC):
    """The part of an agent that keeps the labels of people in its memory."""

    _memory: Memory
    _annotations: Annotations

    @abstractmethod
    def _opened(self, source: Source | Clip | None, **how: Any) -> Clip:
        """A clip, opened within the agent's limits."""

    def remember(
        self,
        source: Source | Clip | None,
        label: str,
        labels: Sequence[str] = (),
        *,
        text: str | None = None,
        by: Annotator | None = None,
    ) -> tuple[Case, bool]:
        """Keep an annotated clip in the memory: its vectors and a summary, no media.

        Args:
            source: What to open; see `Clip.open`.
            label: A basic emotion, or a word for one.
            labels: More words, most specific first.
            text: The words, where they are known.
            by: Who says so, and what is known about the clip.

        Returns:
            The case, and whether it is new: what is known is not perceived again.

        Raises:
            AffectgraphError: If the clip, the label or the memory cannot be used, or
                no sense finds anything in the clip to recall it by.
        """
        clip = self._opened(source, text=text)
        return self._annotations.remember(clip, label, labels, by or Annotator())

    def alike(
        self, source: Source | Clip | None, *, text: str | None = None, limit: int = 10
    ) -> list[Recalled]:
        """Cases that are like a clip, whatever their labels; never the clip itself.

        Raises:
            AffectgraphError: If the clip or the memory cannot be used.
        """
        return self._annotations.alike(self._opened(source, text=text), limit)

    def correct(
        self,
        verdict: Verdict | RecordedRun,
        label: str,
        note: str = "",
        annotator: str = "",
        *,
        clip: Source | Clip | None = None,
    ) -> Correction:
        """Tell the memory which label a verdict should have had.

        Its clip becomes a case, recalled for clips like it, never for itself. A later
        correction takes the place of an earlier one; `Memory.history` has them all.

        Args:
            verdict: What was wrong, or right; or its recorded run, with the vectors.
            label: A basic emotion, or a word for one.
            note: Why.
            annotator: Who says so.
            clip: The clip, to perceive it again. Only needed where its vectors are
                neither with this agent (the last 256 clips), nor in its folder of
                runs, nor in the memory.

        Raises:
            AffectgraphError: If the label or the clip cannot be used, or there are no
                vectors to recall the case by.
        """
        by = Annotator(name=annotator, label_source="correction of a verdict")
        opened = None if clip is None else self._opened(clip)
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
