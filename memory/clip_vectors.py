"""Vectors of a clip, by which cases are recalled."""

from collections.abc import Sequence

from affectgraph.memory.case import Space, Vectors
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
    """The vector of each modality, by space.

    Raises:
        KeyError: If the artifacts lack one.
    """
    vectors = {}
    for piece in evidence:
        space = Space(modality=piece.modality, model=piece.provenance.sha256)
        if piece.embedding is not None and space not in vectors:
            vectors[space] = artifacts.get(piece.embedding)
    return vectors


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
