"""Description of a clip without its content, and of the conversation before it."""

from pydantic import Field

from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen

# Folders and files are named after the hash, also that of a verdict read from a file.
_SHA256 = "^[0-9a-f]{64}$"


class ClipInfo(Frozen):
    """Description of a clip that goes into its verdict.

    Attributes:
        name: File name, or the kind of data that it came from.
        path: The file, as it was named; empty if it came from no file.
        sha256: Hash of everything in it.
        footage: Hash of its images and sound, without the text; of a text alone,
            ignoring case and punctuation. Empty in verdicts of older releases.
        seconds: Duration of what can be decoded.
        coverage: Seconds that can be decoded over seconds that the container declares.
        has_video: Whether it has an image or a video.
        has_audio: Whether it has an audio track.
        has_text: Whether a text was given with it.
        language: Language of its words, such as `en`.
        audio_tracks: Number of audio tracks in the file; one of them is used.
    """

    name: str
    path: str = ""
    sha256: str = Field(pattern=_SHA256)
    footage: str = Field(default="", pattern=f"{_SHA256}|^$")
    seconds: float
    coverage: float
    has_video: bool
    has_audio: bool
    has_text: bool
    language: str = ENGLISH
    audio_tracks: int

    @property
    def identity(self) -> str:
        """Hash by which the memory knows the clip, whatever its text."""
        return self.footage or self.sha256


class Turn(Frozen):
    """One earlier turn of the conversation.

    Attributes:
        text: What was said.
        same_speaker: Whether the person who is analysed said it.
    """

    text: str = Field(max_length=10_000)
    same_speaker: bool = False


def checked_turns(turns: object) -> tuple[Turn, ...] | None:
    """The turns of a conversation as a tuple; None stays None.

    Raises:
        SettingError: If it is not a list of turns.
    """
    if turns is None:
        return None
    if not isinstance(turns, list | tuple) or not all(
        isinstance(turn, Turn) for turn in turns
    ):
        raise SettingError("turns: pass a list of Turn, oldest first")
    return tuple(turns)
