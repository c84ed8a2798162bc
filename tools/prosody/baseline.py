"""What is usual for one speaker, learned from earlier clips of that speaker."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from affectgraph.tools import onnx
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.prosody.head import HEAD
from affectgraph.tools.prosody.pitch import Array

FEATURES = "features/prosody"
BASELINE = "baseline/prosody"

# So many clips have to agree before the half of their mean is believed.
_HALF = 2.0


class VoiceBaseline(Frozen):
    """The voice of a speaker beside emotion, to compare later clips with.

    Attributes:
        offset: By how much each feature of this speaker differs from everybody's.
        clips: How many clips it was learned from.
    """

    offset: tuple[float, ...]
    clips: int = Field(ge=1)

    @classmethod
    def of(cls, features: Sequence[Array]) -> "VoiceBaseline":
        """Learn a speaker from the features of clips, one vector [f] a clip.

        What the emotion that the sense itself heard in each clip explains is taken out
        first, so a speaker who was always angry does not become angry by nature; the
        rest is shrunken towards everybody's mean, the more the fewer clips there are.

        Raises:
            ValueError: If there is no clip.
            WeightsError: If the head's file is missing or altered.
        """
        if not features:
            raise ValueError("a speaker is learned from at least one clip")
        rows = np.stack(features).astype(np.float32)
        nobody, unknown = np.zeros_like(rows[:1]), np.zeros(1, dtype=np.float32)
        beside = onnx.load(HEAD)(features=rows, speaker=nobody, known=unknown)[3]
        return cls(offset=tuple(map(float, shrunken(beside))), clips=len(rows))

    @classmethod
    def of_clips(cls, clips: Sequence[Clip]) -> "VoiceBaseline":
        """Learn a speaker from clips that the prosody sense has listened to whole.

        Raises:
            KeyError: If it has not listened to one, or heard no speech in it.
        """
        return cls.of([clip.kept(FEATURES) for clip in clips])

    def attach(self, clip: Clip) -> None:
        """Let the prosody sense know that this speaker is heard in the clip."""
        clip.keep(BASELINE, np.array(self.offset, dtype=np.float32))


def attached(clip: Clip) -> Array | None:
    """The offset of the speaker attached to a clip: float32 [f]; None without one."""
    try:
        return clip.kept(BASELINE)
    except KeyError:
        return None


def shrunken(rows: Array) -> Array:
    """Mean of rows [n, f], drawn towards zero where rows are few: float32 [f]."""
    trust = len(rows) / (len(rows) + _HALF)
    return np.asarray(trust * rows.mean(axis=0), dtype=np.float32)
