"""What is usual for one speaker, learned from earlier clips of that speaker."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.prosody.head import HEAD, Usual, everybody
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

FEATURES = "features/prosody"
_VOICE, _OFFSET, _REST = (
    f"baseline/prosody/{name}" for name in ("voice", "offset", "rest")
)

# So many clips have to agree before the half of their mean is believed.
_HALF = 2.0
# A deviation is believed as if so many average clips had been heard, too.
_AVERAGE = 5.0


class VoiceBaseline(Frozen):
    """The voice of a speaker, to compare later clips with.

    Attributes:
        mean: Of each feature, in deviations from everybody's mean.
        deviation: Of each feature, in everybody's.
        offset: By how much each feature of this speaker differs from everybody's,
            beside emotion, in the unit of the feature.
        pitch: At which voices like those of the clips speak when neutral, in Hz.
        clips: How many clips it was learned from.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    offset: tuple[float, ...]
    pitch: float = Field(gt=0)
    clips: int = Field(ge=1)

    @classmethod
    def of(cls, features: Sequence[Array]) -> "VoiceBaseline":
        """Learn a speaker from the features of clips, one vector [f] a clip.

        All is drawn towards what is usual for everybody, the more the fewer clips there
        are. From the offset, what the emotion that the sense itself heard in each clip
        explains is taken out first, so a speaker who was always angry does not become
        angry by nature.

        Raises:
            ValueError: If there is no clip.
            WeightsError: If the head's file is missing or altered.
        """
        if not features:
            raise ValueError("a speaker is learned from at least one clip")
        rows = np.stack(features).astype(np.float32)
        _, _, alike, normal, beside = onnx.load(HEAD)(
            features=rows,
            speaker=everybody(rows.shape[1]),
            known=np.zeros(1, np.float32),
        )
        known = usual(alike, normal, beside)
        mean, deviation, offset = (
            tuple(map(float, row)) for row in (*known.voice, known.offset)
        )
        return cls(
            mean=mean,
            deviation=deviation,
            offset=offset,
            pitch=known.pitch,
            clips=len(features),
        )

    @classmethod
    def of_clips(cls, clips: Sequence[Clip]) -> "VoiceBaseline":
        """Learn a speaker from clips that the prosody sense has listened to whole.

        Raises:
            KeyError: If it has not listened to one, or heard no speech in it.
        """
        return cls.of([clip.kept(FEATURES) for clip in clips])

    @property
    def usual(self) -> Usual:
        """What the sense compares with."""
        voice = np.array([self.mean, self.deviation], dtype=np.float32)
        offset = np.array(self.offset, np.float32)
        return Usual(voice, offset, self.pitch, trust(self.clips))

    def attach(self, clip: Clip) -> None:
        """Let the prosody sense know that this speaker is heard in the clip."""
        known = self.usual
        clip.keep(_VOICE, known.voice)
        clip.keep(_OFFSET, known.offset)
        clip.keep(_REST, np.array([known.pitch, known.trust]))


def attached(clip: Clip) -> Usual | None:
    """What is usual for the speaker attached to a clip; None without one."""
    try:
        voice, offset, rest = map(clip.kept, (_VOICE, _OFFSET, _REST))
    except KeyError:
        return None
    return Usual(voice, offset, *map(float, rest))


def usual(alike: Array, normal: Array, beside: Array) -> Usual:
    """What is usual for the speaker of n clips.

    Args:
        alike: Pitch in Hz at which a voice like that speaks when neutral, [n].
        normal: Features in deviations from everybody's mean, [n, f].
        beside: What they hold beside emotion, against everybody, [n, f].
    """
    believed = trust(len(normal))
    pitch = float(np.exp(np.log(alike).mean()))
    return Usual(usual_voice(normal), believed * beside.mean(axis=0), pitch, believed)


def usual_voice(normal: Array) -> Array:
    """Mean and deviation of a speaker's clips, as far as they can be believed.

    Args:
        normal: float32 [n, f], features in deviations from everybody's mean.

    Returns:
        float32 [2, f]; zeros and ones are what is usual for everybody.
    """
    mean = normal.mean(axis=0)
    squares = ((normal - mean) ** 2).sum(axis=0)
    variance = (squares + _AVERAGE) / (len(normal) - 1 + _AVERAGE)
    return np.stack([trust(len(normal)) * mean, np.sqrt(variance)]).astype(np.float32)


def trust(clips: int) -> float:
    """How far the mean of so many clips can be believed, in [0, 1)."""
    return clips / (clips + _HALF)
