"""The sense `face` for pictures that are one cropped face each, as in FER2013."""

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import top_emotion, valence_arousal
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.face.alignment import as_crop
from affectgraph.tools.face.expression import (
    EXPRESSION,
    WEIGHTS,
    classify,
    still_distribution,
)
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.weights import onnx


@perception_tool(modality="face", prefix="F", needs="video", weights=WEIGHTS)
def aligned_face(clip: Clip, span: Span) -> list[Evidence]:
    """Read the first frame as a face, without looking for one.

    Raises:
        SenseError: If there is no frame.
    """
    frame = next(clip.frames(span), None)
    if frame is None:
        raise SenseError("no frame could be decoded")
    reading = classify([as_crop(frame.image)], still=True)
    likely = still_distribution(reading.logits)
    valence, arousal = valence_arousal(likely)
    emotion = top_emotion(likely)
    return [
        Evidence(
            span=span,
            observation=f"The cropped face is nearest to {emotion} "
            f"({likely[emotion]:.2f}).",
            distribution=likely,
            valence=valence,
            arousal=arousal,
            quality=reading.qualities[0],
            embedding=clip.keep("embedding/face", reading.embeddings[0]),
            provenance=Provenance(
                model=EXPRESSION, sha256=onnx.load(EXPRESSION).sha256
            ),
        )
    ]
