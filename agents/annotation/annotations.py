"""Clips with the labels that people give them, on their way into the memory."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from affectgraph.agents.annotation.annotator import Annotator
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Case, Correction, Memory, Recalled, Vectors
from affectgraph.memory.clip_vectors import clip_vectors, perceive_clip
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.artifacts import Artifacts
from affectgraph.tools.errors import ClipError
from affectgraph.tools.perception import PerceptionTool

# The vectors of so many runs are held, a few kilobytes each.
_RUNS_HELD = 256


class Annotations:
    """Makes cases of clips and verdicts, with the vectors that find them again.

    A verdict holds no vectors: they are held for the latest runs, read from the folder
    of runs, taken from another case of the clip, or perceived again.
    """

    def __init__(
        self,
        memory: Memory,
        tools: Sequence[PerceptionTool],
        *,
        prepare: Callable[[Clip], None],
        kept: Callable[[str], Artifacts],
    ) -> None:
        """Work for an agent.

        Args:
            memory: Where cases go.
            tools: Its senses.
            prepare: Has the weights that they need for a clip.
            kept: Artifacts of kept runs of the clip with a hash.
        """
        self._memory = memory
        self._tools = tools
        self._prepare = prepare
        self._kept = kept
        self._held: OrderedDict[str, Vectors] = OrderedDict()
        self._turn = Lock()

    def hold(self, clip: Clip, verdict: Verdict) -> None:
        """Hold the vectors of a run; those of the oldest make room."""
        vectors = clip_vectors(clip.artifacts, verdict.evidence)
        with self._turn:
            self._held[clip.sha256] = vectors
            self._held.move_to_end(clip.sha256)
            if len(self._held) > _RUNS_HELD:
                self._held.popitem(last=False)

    def remember(
        self, clip: Clip, label: str, labels: Sequence[str], by: Annotator
    ) -> tuple[Case, bool]:
        """Keep an annotated clip; see `EmotionAgent.remember`."""
        known = self._memory.get(by.case(clip.info, (), label, labels).id)
        if known is not None:
            return known, False
        self._prepare(clip)
        evidence, vectors = perceive_clip(clip, self._tools)
        case = by.case(clip.info, evidence, label, labels)
        self._memory.add(case, vectors)
        return case, True

    def alike(self, clip: Clip, limit: int) -> list[Recalled]:
        """Cases that are like a clip; see `EmotionAgent.alike`."""
        self._prepare(clip)
        _, vectors = perceive_clip(clip, self._tools)
        same = clip.footage, clip.sha256
        return self._memory.like(vectors, exclude=same, limit=limit)

    def correct(
        self, verdict: Verdict, label: str, note: str, by: Annotator, clip: Clip | None
    ) -> Correction:
        """Keep what a verdict should have been; see `EmotionAgent.correct`."""
        case = by.case(verdict.clip, verdict.evidence, label)
        vectors = self._vectors(verdict, clip)
        return self._memory.correct(case, vectors, before=verdict.label, note=note)

    def _vectors(self, verdict: Verdict, clip: Clip | None) -> Vectors:
        same, name = verdict.clip.identity, verdict.clip.name
        if clip is not None and clip.info.identity != same:
            raise ClipError(
                f"{clip.info.name} is not the clip of this verdict, {name} "
                f"({same[:12]}): give that one"
            )
        known = (
            self._held.get(verdict.clip.sha256)
            or self._from_run(verdict)
            or self._from_memory(verdict)
        )
        if known:
            return known
        if clip is None:
            raise ClipError(
                f"{name}: a verdict holds no vectors to recall it by, and none are "
                "kept here: give the clip, too"
            )
        self._prepare(clip)
        return perceive_clip(clip, self._tools)[1]

    def _from_run(self, verdict: Verdict) -> Vectors:
        try:
            return clip_vectors(self._kept(verdict.clip.sha256), verdict.evidence)
        except KeyError:
            return {}

    def _from_memory(self, verdict: Verdict) -> Vectors:
        """What other cases of the clip have, of the weights that made the verdict."""
        made_by = {(p.modality, p.provenance.sha256) for p in verdict.evidence}
        vectors = self._memory.vectors_of_clip(verdict.clip.identity)
        return {
            space: vector
            for space, vector in vectors.items()
            if (space.modality, space.model) in made_by
        }
