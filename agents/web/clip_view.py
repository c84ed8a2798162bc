"""The clip on the page: video, audio, image or text."""

from pathlib import Path
from typing import Literal

from affectgraph.agents.report.annotated_video import write_playable_copy
from affectgraph.agents.report.face_stills import first_picture_url
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.media import Media
from affectgraph.tools.evidence import Frozen

# Containers and codecs that every current browser plays and can seek in.
_CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2", "mp3", "wav"}
_CODECS = {"h264", "vp9", "av1", "aac", "mp3", "opus", "pcm_s16le"}


class ClipView(Frozen):
    """What the browser shows of a clip.

    Attributes:
        kind: Kind of the clip; `words` for a text alone.
        file: The video or audio file; None for an image or a text.
        picture: An image as a `data:` URL.
        words: The words that were given with the clip.
    """

    kind: Literal["video", "audio", "picture", "words"]
    file: Path | None = None
    picture: str = ""
    words: str = ""


def create_clip_view(clip: Clip, folder: Path) -> ClipView:
    """Prepare a clip for the browser; convert a format that browsers do not play.

    Args:
        clip: The analysed clip.
        folder: Folder for the converted copy.
    """
    words = clip.text or ""
    if clip.span.seconds:
        kind: Literal["video", "audio"] = "video" if clip.has_video else "audio"
        file = clip.path
        if file is None or not _is_playable(Media(file, clip.limits)):
            file = folder / ("video.mp4" if clip.has_video else "audio.m4a")
            write_playable_copy(clip, file)
        return ClipView(kind=kind, file=file, words=words)
    if clip.has_video:
        return ClipView(kind="picture", picture=first_picture_url(clip), words=words)
    return ClipView(kind="words", words=words)


def _is_playable(media: Media) -> bool:
    with media.open() as container:
        seekable = container.format.name in _CONTAINERS and container.duration
        return bool(seekable) and all(
            stream.codec_context.name in _CODECS
            and getattr(stream.codec_context, "pix_fmt", None) in (None, "yuv420p")
            for stream in (*container.streams.video, *container.streams.audio)
        )
