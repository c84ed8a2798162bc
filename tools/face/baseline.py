"""What a face usually looks like, learned from earlier clips of the same person."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.face.expression import (
    EXPRESSION,
    MOVING_TRUST,
    Array,
    moving_distribution,
)
from affectgraph.tools.weights import onnx

FEATURES = "features/face"

_BASELINE = "baseline/face"

# So many clips have to agree before the half of their mean is believed.
_HALF = 2.0


class FaceBaseline(Frozen):
    """How the network misreads one face in motion, to set later clips right.

    Attributes:
        offset: By how much its logits of this face differ from everybody's, [7].
        clips: How many clips it was learned from; none for a stranger.
    """

    offset: tuple[float, ...] = (0.0,) * len(BASIC_EMOTIONS)
    clips: int = Field(default=0, ge=0)

    @classmethod
    def of(cls, features: Sequence[Array]) -> "FaceBaseline":
        """Learn a face from the pooled logits of clips, one vector [7] a clip.

        Their mean is taken for the face at rest, so they must not all show the same
        emotion; it is drawn towards everybody's, the more the fewer clips there are.

        Raises:
            ValueError: If there is no clip.
            WeightsError: If the network's file is missing or altered.
        """
        if not features:
            raise ValueError("a face is learned from at least one clip")
        everybody = np.array(onnx.load(EXPRESSION).contract["log_prior"])
        beyond = np.mean(features, axis=0) - everybody
        offset = _known(len(features)) * (beyond - beyond.mean())
        return cls(offset=tuple(map(float, offset)), clips=len(features))

    @property
    def trust(self) -> float:
        """How far a reading of this face in motion is believed, in [0, 1]."""
        return MOVING_TRUST * (1.0 + _known(self.clips))

    def attach(self, clip: Clip) -> None:
        """Let the face sense know that this person is seen in the clip."""
        clip.keep(_BASELINE, np.array([self.clips, *self.offset], dtype=np.float32))


def attached(clip: Clip) -> FaceBaseline:
    """The baseline of the person seen in a clip; a stranger's without one."""
    try:
        clips, *offset = clip.kept(_BASELINE).tolist()
    except KeyError:
        return FaceBaseline()
    return FaceBaseline(offset=tuple(offset), clips=int(clips))


def read(features: Array, known: FaceBaseline) -> Distribution:
    """What a face in motion expresses, from its pooled logits, float32 [7]."""
    offset = np.array(known.offset, dtype=np.float32)
    return moving_distribution(features, offset, known.trust)


def _known(clips: int) -> float:
    return clips / (clips + _HALF)
