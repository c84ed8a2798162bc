"""What senses make of a clip, and the vectors that it is recalled by."""

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
    """The vector of each modality, in the space of the weights that made it.

    Raises:
        KeyError: If one is not kept in the artifacts.
    """
    vectors = {}
    for piece in evidence:
        space = Space(modality=piece.modality, model=piece.provenance.sha256)
        if piece.embedding is not None and space not in vectors:
            vectors[space] = artifacts.kept(piece.embedding)
    return vectors


def perceive(
    clip: Clip, tools: Sequence[PerceptionTool]
) -> tuple[list[Evidence], Vectors]:
    """What senses find in a clip, and its vectors, without any reasoning.

    Raises:
        ClipError: If no sense finds anything that the clip could be recalled by.
    """
    evidence: list[Evidence] = []
    reasons = []
    for tool in tools:
        lacking = tool.missing_input(clip)
        try:
            evidence += [] if lacking else tool.perceive(clip, clip.span)
        except SenseError as error:
            lacking = str(error)
        reasons += [f"{tool.name}: {lacking}"] if lacking else []
    vectors = clip_vectors(clip.artifacts, evidence)
    if not vectors:
        raise ClipError(
            f"{clip.info.name}: nothing in it to recall it by ({'; '.join(reasons)})"
        )
    return evidence, vectors
