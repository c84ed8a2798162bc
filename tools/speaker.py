"""A person known from earlier clips: how they usually look and sound."""

from collections.abc import Sequence

from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.artifacts import Vector
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.face.baseline import FEATURES as FACE_FEATURES
from affectgraph.tools.face.baseline import FaceBaseline
from affectgraph.tools.prosody.baseline import FEATURES_KEY as VOICE_FEATURES
from affectgraph.tools.prosody.baseline import VoiceBaseline


class Speaker(Frozen):
    """Baselines of one person, for the senses that compare with them.

    Attributes:
        voice: Of the voice; None if no earlier clip had speech.
        face: Of the face; None if no earlier clip had a moving face.
    """

    voice: VoiceBaseline | None = None
    face: FaceBaseline | None = None

    @classmethod
    def of_clips(cls, clips: Sequence[Clip]) -> "Speaker":
        """Know a person from clips that the senses have perceived whole.

        Raises:
            SettingError: If neither a voice nor a moving face was found in any.
        """
        voices = _kept(clips, VOICE_FEATURES)
        faces = _kept(clips, FACE_FEATURES)
        if not voices and not faces:
            raise SettingError("speaker: no earlier clip has a voice or a moving face")
        return cls(
            voice=VoiceBaseline.of(voices) if voices else None,
            face=FaceBaseline.of(faces) if faces else None,
        )

    def attach(self, clip: Clip) -> None:
        """Let the senses know that this person is in the clip."""
        for baseline in (self.voice, self.face):
            if baseline is not None:
                baseline.attach(clip)


def _kept(clips: Sequence[Clip], key: str) -> list[Vector]:
    found = []
    for clip in clips:
        try:
            found.append(clip.kept(key))
        except KeyError:
            continue
    return found
