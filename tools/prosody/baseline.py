"""Voice baseline of one speaker, learned from earlier clips."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.prosody.head import HEAD, SpeakerNorms, population_norms
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

FEATURES_KEY = "features/prosody"
_VOICE_KEY, _OFFSET_KEY, _SCALARS_KEY = (
    f"baseline/prosody/{name}" for name in ("voice", "offset", "rest")
)

# Number of clips at which their mean and the population's count the same.
_PRIOR_CLIPS = 2.0
# Number of clips that the population's variance counts for.
_PRIOR_CLIPS_OF_VARIANCE = 5.0


class VoiceBaseline(Frozen):
    """Statistics of a speaker's voice, to compare later clips with.

    Attributes:
        mean: Mean of each feature, standardised by the population.
        deviation: Standard deviation of each feature, relative to the population's.
        offset: Difference of each feature from the population's mean that emotion does
            not explain, in the unit of the feature.
        pitch: Estimated pitch in neutral speech, in Hz.
        clips: Number of clips that it was learned from.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    offset: tuple[float, ...]
    pitch: float = Field(gt=0)
    clips: int = Field(ge=1)

    @classmethod
    def of(cls, features: Sequence[Array]) -> "VoiceBaseline":
        """Learn a speaker from the features of clips, one vector [f] a clip.

        All statistics shrink towards the population's, the more the fewer clips there
        are. The offset excludes what the perceived emotion of each clip explains, so
        that the baseline of a speaker who was always angry does not become anger.

        Raises:
            ValueError: If there is no clip.
            WeightsError: If the head's file is missing or altered.
        """
        if not features:
            raise ValueError("a speaker is learned from at least one clip")
        rows = np.stack(features).astype(np.float32)
        _, _, pitch, standardized, residual = onnx.load(HEAD)(
            features=rows,
            speaker=population_norms(rows.shape[1]),
            known=np.zeros(1, np.float32),
        )
        norms = speaker_norms(pitch, standardized, residual)
        mean, deviation, offset = (
            tuple(map(float, row)) for row in (*norms.voice, norms.offset)
        )
        return cls(
            mean=mean,
            deviation=deviation,
            offset=offset,
            pitch=norms.pitch,
            clips=len(features),
        )

    @classmethod
    def of_clips(cls, clips: Sequence[Clip]) -> "VoiceBaseline":
        """Learn a speaker from clips that the prosody sense has perceived whole.

        Raises:
            KeyError: If it has not perceived a clip, or found no speech in it.
        """
        return cls.of([clip.kept(FEATURES_KEY) for clip in clips])

    @property
    def norms(self) -> SpeakerNorms:
        """The statistics in the form that the sense uses."""
        voice = np.array([self.mean, self.deviation], dtype=np.float32)
        offset = np.array(self.offset, np.float32)
        return SpeakerNorms(voice, offset, self.pitch, shrinkage(self.clips))

    def attach(self, clip: Clip) -> None:
        """Tell the prosody sense that this speaker speaks in the clip."""
        norms = self.norms
        clip.keep(_VOICE_KEY, norms.voice)
        clip.keep(_OFFSET_KEY, norms.offset)
        clip.keep(_SCALARS_KEY, np.array([norms.pitch, norms.trust]))


def attached_norms(clip: Clip) -> SpeakerNorms | None:
    """Statistics of the speaker attached to a clip; None without one."""
    try:
        voice, offset, scalars = map(clip.kept, (_VOICE_KEY, _OFFSET_KEY, _SCALARS_KEY))
    except KeyError:
        return None
    return SpeakerNorms(voice, offset, *map(float, scalars))


def speaker_norms(pitch: Array, standardized: Array, residual: Array) -> SpeakerNorms:
    """Statistics of the speaker of n clips.

    Args:
        pitch: Estimated pitch of each clip in neutral speech, in Hz: [n].
        standardized: Features standardised by the population: [n, f].
        residual: Difference of the features from the population's mean that emotion
            does not explain: [n, f].
    """
    trust = shrinkage(len(standardized))
    mean_pitch = float(np.exp(np.log(pitch).mean()))
    offset = trust * residual.mean(axis=0)
    return SpeakerNorms(feature_norms(standardized), offset, mean_pitch, trust)


def feature_norms(standardized: Array) -> Array:
    """Mean and deviation of a speaker's clips, shrunk towards the population's.

    Args:
        standardized: Features standardised by the population: float32 [n, f].

    Returns:
        float32 [2, f]; the population's own are zeros and ones.
    """
    clips = len(standardized)
    mean = standardized.mean(axis=0)
    squares = ((standardized - mean) ** 2).sum(axis=0)
    prior = _PRIOR_CLIPS_OF_VARIANCE
    variance = (squares + prior) / (clips - 1 + prior)
    norms = np.stack([shrinkage(clips) * mean, np.sqrt(variance)])
    return norms.astype(np.float32)


def shrinkage(clips: int) -> float:
    """Weight of the mean of so many clips against the population's, in [0, 1)."""
    return clips / (clips + _PRIOR_CLIPS)
