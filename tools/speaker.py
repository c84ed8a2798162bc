"""A person known from earlier clips: baselines of their face and voice."""

from collections.abc import Sequence
from contextlib import suppress

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.face.baseline import FEATURES as FACE_FEATURES
from affectgraph.tools.face.baseline import FaceBaseline
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.prosody.baseline import FEATURES_KEY as VOICE_FEATURES
from affectgraph.tools.prosody.baseline import VoiceBaseline


class Speaker(Frozen):
    """Face and voice baselines of one person, for the senses to compare with.

    Attributes:
        voice: Baseline of the voice; None if no earlier clip had speech.
        face: Baseline of the face; None if no earlier clip had a moving face.
    """

    voice: VoiceBaseline | None = None
    face: FaceBaseline | None = None

    @classmethod
    def of_clips(cls, clips: Sequence[Clip]) -> "Speaker":
        """Learn a person from clips that the senses have perceived whole."""
        voices = _stored_vectors(clips, VOICE_FEATURES)
        faces = _stored_vectors(clips, FACE_FEATURES)
        if not voices and not faces:
            raise SettingError("speaker: no earlier clip has a voice or a moving face")
        return cls(
            voice=VoiceBaseline.of(voices) if voices else None,
            face=FaceBaseline.of(faces) if faces else None,
        )

    def attach(self, clip: Clip) -> None:
        """Tell the senses that this person is in the clip."""
        for baseline in (self.voice, self.face):
            if baseline is not None:
                baseline.attach(clip)


def _stored_vectors(clips: Sequence[Clip], key: str) -> list[Vector]:
    vectors = []
    for clip in clips:
        with suppress(KeyError):
            vectors.append(clip.kept(key))
    return vectors
