"""Vectors of a clip, by which cases are recalled."""

from collections.abc import Sequence

import numpy as np

from affectgraph.memory.case import Array, Space, Vectors
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.artifacts import Artifacts
from affectgraph.tools.errors import ClipError, SenseError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

SENSES = (face, prosody, transcript)


def clip_vectors(artifacts: Artifacts, evidence: Sequence[Evidence]) -> Vectors:
    """The vector of each modality, by space: the mean over its utterances.

    Raises:
        KeyError: If the artifacts lack one.
    """
    parts: dict[Space, dict[str, Array]] = {}
    for piece in evidence:
        if piece.embedding is not None:
            space = Space(modality=piece.modality, model=piece.provenance.sha256)
            vector = artifacts.get(piece.embedding)
            parts.setdefault(space, {}).setdefault(piece.embedding, vector)
    return {space: _mean(list(vectors.values())) for space, vectors in parts.items()}


def _mean(vectors: list[Array]) -> Array:
    """The mean direction; a single vector as it is."""
    if len(vectors) == 1:
        return vectors[0]
    unit = [vector / max(float(np.linalg.norm(vector)), 1e-9) for vector in vectors]
    result: Array = np.mean(unit, axis=0, dtype=np.float32)
    return result


def perceive_clip(
    clip: Clip, tools: Sequence[PerceptionTool]
) -> tuple[list[Evidence], Vectors]:
    """Evidence and vectors of a clip, without any reasoning."""
    evidence: list[Evidence] = []
    reasons = []
    for tool in tools:
        reason = tool.missing_input(clip)
        try:
            evidence += [] if reason else tool.perceive(clip, clip.span)
        except SenseError as error:
            reason = str(error)
        reasons += [f"{tool.name}: {reason}"] if reason else []
    vectors = clip_vectors(clip.artifacts, evidence)
    if not vectors:
        raise ClipError(
            f"{clip.info.name}: nothing in it to recall it by ({'; '.join(reasons)})"
        )
    return evidence, vectors
