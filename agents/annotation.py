"""Labels that people give: who labels a clip, and the case for the memory."""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import Case, Correction, Memory, Recalled, Vectors
from affectgraph.memory.clip_vectors import clip_vectors, perceive_clip
from affectgraph.memory.similarity import wording
from affectgraph.tools.clip import Clip, ClipInfo
from affectgraph.tools.clip.artifacts import Artifacts
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.io.arguments import checked_texts
from affectgraph.tools.language.vocabulary import to_basic
from affectgraph.tools.perception import PerceptionTool

# Words of the clip must not go into a summary: quotations are removed.
_QUOTED = re.compile(r':? "[^"]*"')
_MAX_SUMMARY_CHARS = 600

# A few kilobytes each.
_MAX_HELD_RUNS = 256


@dataclass(frozen=True)
class Annotator:
    """Who labels, and what is known about the label and the clip.

    Attributes:
        name: Handle of a person or a group.
        label_source: Origin of the label, such as "acted" or "ten raters".
        licence: Of the clip.
        source: Data set or place of origin of the clip.
    """

    name: str = ""
    label_source: str = ""
    licence: str = ""
    source: str = ""

    def case(
        self,
        clip: ClipInfo,
        evidence: Sequence[Evidence],
        label: str,
        labels: Sequence[str] = (),
    ) -> Case:
        """Make a case of a clip.

        Args:
            clip: The labelled clip.
            evidence: Of the senses about it.
            label: A basic emotion, or a word for one.
            labels: More words, most specific first.

        Raises:
            SettingError: If the label is no known word for an emotion.
        """
        basic = checked_label(label)
        more = checked_texts("labels", labels)
        words = more if label == basic else [label, *more]
        return Case(
            sha256=clip.identity,
            label=basic,
            labels=tuple(dict.fromkeys(words)),
            summary=summarize_evidence(evidence),
            annotator=self.name,
            label_source=self.label_source,
            licence=self.licence,
            source=self.source,
            pooled=_pooled(evidence),
        )


def _pooled(evidence: Sequence[Evidence]) -> tuple[float, ...] | None:
    """Probabilities that the senses give; None if none of them votes."""
    fused = pool(evidence)
    return tuple(fused.distribution.values()) if fused.by_modality else None


def checked_label(label: str) -> str:
    """Return the basic emotion that a label names.

    Raises:
        SettingError: If it names none.
    """
    basic = label if label in BASIC_EMOTIONS else to_basic(label)
    if basic is None:
        names = ", ".join(BASIC_EMOTIONS)
        raise SettingError(f"label {label!r} is none of {names}, nor a word for one")
    return basic


def summarize_evidence(evidence: Sequence[Evidence]) -> str:
    """Join the observations of the senses, overall ones first, each once.

    Quoted words are left out, since no words of the clip are stored.
    """
    order = sorted(evidence, key=lambda piece: piece.distribution is None)
    sentences: dict[str, str] = {}
    for piece in order:
        sentence = _QUOTED.sub("", piece.observation)
        sentences.setdefault(" ".join(sentence.split()[:3]), sentence)
    text = ""
    for sentence in sentences.values():
        if len(text) + len(sentence) < _MAX_SUMMARY_CHARS:
            text = f"{text} {sentence}".strip()
    return text


class Annotations:
    """Makes cases of clips and verdicts, with the vectors to recall them by.

    A verdict holds no vectors. They come from the latest runs of this process, from
    the folder of runs, from another case of the clip, or the clip is perceived again.
    """

    def __init__(
        self,
        memory: Memory,
        tools: Sequence[PerceptionTool],
        *,
        ensure_weights: Callable[[Clip], None],
        stored_artifacts: Callable[[str], Artifacts],
    ) -> None:
        """Set up for an agent.

        Args:
            memory: Where cases go.
            tools: The senses of the agent.
            ensure_weights: Fetches the weights that the senses need for a clip.
            stored_artifacts: From the hash of a clip to the artifacts of stored runs.
        """
        self._memory = memory
        self._tools = tools
        self._ensure_weights = ensure_weights
        self._stored_artifacts = stored_artifacts
        self._held: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def hold(self, clip: Clip, verdict: Verdict) -> None:
        """Hold the vectors of a run; drop those of the oldest run if there are many."""
        vectors = clip_vectors(clip.artifacts, verdict.evidence)
        with self._lock:
            self._held[clip.sha256] = vectors
            self._held.move_to_end(clip.sha256)
            if len(self._held) > _MAX_HELD_RUNS:
                self._held.popitem(last=False)

    def remember(
        self, clip: Clip, label: str, labels: Sequence[str], by: Annotator
    ) -> tuple[Case, bool]:
        """Store an annotated clip; see `EmotionAgent.remember`."""
        stored = self._memory.get(by.case(clip.info, (), label, labels).id)
        if stored is not None:
            return stored, False
        self._ensure_weights(clip)
        evidence, vectors = perceive_clip(clip, self._tools)
        case = by.case(clip.info, evidence, label, labels)
        self._memory.add(case, vectors)
        return case, True

    def alike(self, clip: Clip, limit: int) -> list[Recalled]:
        """Find cases similar to a clip; see `EmotionAgent.alike`."""
        self._ensure_weights(clip)
        _, vectors = perceive_clip(clip, self._tools)
        same = clip.footage, clip.sha256
        return self._memory.like(vectors, exclude=same, limit=limit)

    def correct(
        self, verdict: Verdict, label: str, note: str, by: Annotator, clip: Clip | None
    ) -> Correction:
        """Store the corrected label of a verdict; see `EmotionAgent.correct`."""
        case = by.case(verdict.clip, verdict.evidence, label)
        vectors = {**self._vectors(verdict, clip), **wording(verdict.evidence)}
        return self._memory.correct(case, vectors, before=verdict.label, note=note)

    def _vectors(self, verdict: Verdict, clip: Clip | None) -> Vectors:
        identity, name = verdict.clip.identity, verdict.clip.name
        if clip is not None and clip.info.identity != identity:
            raise ClipError(
                f"{clip.info.name} is not the clip of this verdict, {name} "
                f"({identity[:12]}): pass that one"
            )
        vectors = (
            self._held.get(verdict.clip.sha256)
            or self._from_run(verdict)
            or self._from_memory(verdict)
        )
        if vectors:
            return vectors
        if clip is None:
            raise ClipError(
                f"{name}: a verdict holds no vectors to recall it by, and none are "
                "stored here: pass the clip, too"
            )
        self._ensure_weights(clip)
        return perceive_clip(clip, self._tools)[1]

    def _from_run(self, verdict: Verdict) -> Vectors:
        try:
            return clip_vectors(
                self._stored_artifacts(verdict.clip.sha256), verdict.evidence
            )
        except KeyError:
            return {}

    def _from_memory(self, verdict: Verdict) -> Vectors:
        """Return vectors of other cases of the clip, from the verdict's weights."""
        made_by = {(p.modality, p.provenance.sha256) for p in verdict.evidence}
        vectors = self._memory.vectors_of_clip(verdict.clip.identity)
        return {
            space: vector
            for space, vector in vectors.items()
            if (space.modality, space.model) in made_by
        }
