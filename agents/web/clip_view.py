"""What of a clip stands on the page: the film, the sound, the picture or the words."""

from pathlib import Path
from typing import Literal

from affectgraph.agents.report.annotated_video import copy
from affectgraph.agents.report.face_stills import still
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.media import Media
from affectgraph.tools.evidence import Frozen

# What every current browser plays, and can go to any moment of.
_PLAYED = {"mov,mp4,m4a,3gp,3g2,mj2", "mp3", "wav"}
_CODECS = {"h264", "vp9", "av1", "aac", "mp3", "opus", "pcm_s16le"}


class Stage(Frozen):
    """What a browser shows of a clip.

    Attributes:
        kind: What it is; words only, where there is neither picture nor sound.
        file: The film or the sound; None for a picture and for words.
        picture: A picture as a `data:` address.
        words: The words that came with the clip.
    """

    kind: Literal["film", "sound", "picture", "words"]
    file: Path | None = None
    picture: str = ""
    words: str = ""


def staged(clip: Clip, folder: Path) -> Stage:
    """Put a clip on the stage; what browsers do not play is copied for them.

    Args:
        clip: What is analysed.
        folder: Where a copy goes.

    Raises:
        SettingError: If it cannot be encoded.
    """
    words = clip.text or ""
    if clip.span.seconds:
        kind: Literal["film", "sound"] = "film" if clip.has_video else "sound"
        file = clip.path
        if file is None or not _played(Media(file, clip.limits)):
            file = folder / ("film.mp4" if clip.has_video else "sound.m4a")
            copy(clip, file)
        return Stage(kind=kind, file=file, words=words)
    if clip.has_video:
        return Stage(kind="picture", picture=still(clip), words=words)
    return Stage(kind="words", words=words)


def _played(media: Media) -> bool:
    with media.open() as container:
        known = container.format.name in _PLAYED and container.duration
        return bool(known) and all(
            stream.codec_context.name in _CODECS
            and getattr(stream.codec_context, "pix_fmt", None) in (None, "yuv420p")
            for stream in (*container.streams.video, *container.streams.audio)
        )
