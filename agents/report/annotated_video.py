"""Videos of a clip: a playable copy, and `annotated.mp4` with boxes and captions."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from affectgraph.agents.report.captions import Captions
from affectgraph.agents.report.face_stills import blur_faces
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import SAMPLING_RATE, Clip, Frame
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Span

# Maximum frames a second; slower clips keep their rate.
_FRAME_RATE = 30.0
_STILL_FRAME_RATE = 10.0

# Audio and video are interleaved in chunks of this many seconds.
_CHUNK_S = 60.0

_TICKS_PER_S = 90_000
_CODECS = ("libx264", "mpeg4")


def write_annotated_video(
    verdict: Verdict, clip: Clip, file: Path, *, anonymize: bool = False
) -> None:
    """Write a clip with boxes, labels and captions; nothing for a clip without video.

    The audio is what the senses received: mono, 16 kHz.

    Args:
        verdict: Source of labels and captions.
        clip: The analysed clip; a still image with audio is shown throughout.
        file: Path of the video.
        anonymize: Blur every detected face.
    """
    if not clip.has_video or not clip.span.seconds:
        return
    frames = _frames(clip)
    prepared = blur_faces(clip, frames) if anonymize else frames
    _write(file, clip, _add_captions(verdict, clip, prepared))


def write_playable_copy(clip: Clip, file: Path) -> None:
    """Write a clip as the senses received it, in a format that browsers play.

    Args:
        clip: A clip with a length.
        file: Path of the copy; its suffix selects the format, such as `.mp4`.
    """
    _write(file, clip, _crop_to_even(clip))


def _add_captions(
    verdict: Verdict, clip: Clip, frames: Iterable[Frame]
) -> Iterator[Frame]:
    captions = None
    for frame in frames:
        captions = captions or Captions(verdict, clip, frame.image.shape)
        yield replace(frame, image=captions.draw_on(frame))


def _crop_to_even(clip: Clip) -> Iterator[Frame]:
    """Frames cropped to an even height and width, which encoders require."""
    for frame in _frames(clip):
        height, width = (side // 2 * 2 for side in frame.image.shape[:2])
        yield replace(frame, image=frame.image[:height, :width])


def _write(file: Path, clip: Clip, frames: Iterable[Frame]) -> None:
    try:
        with av.open(str(file), "w", options={"movflags": "faststart"}) as container:
            _encode(container, clip, frames)
    except FFmpegError as error:
        raise SettingError(f"{file.name} cannot be encoded: {error}") from error


def _encode(container: Any, clip: Clip, frames: Iterable[Frame]) -> None:
    video, audio = None, _add_audio_stream(container, clip)
    encoded_s = 0.0
    for frame in frames:
        if video is None:
            height, width = frame.image.shape[:2]
            video = _add_video_stream(container, width, height)
        if audio is not None and frame.time >= encoded_s:
            span = Span(start=encoded_s, end=min(encoded_s + _CHUNK_S, clip.span.end))
            _encode_audio(container, audio, clip, span)
            encoded_s += _CHUNK_S
        picture = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(frame.image), format="rgb24"
        )
        picture.pts = round(frame.time * _TICKS_PER_S)
        picture.time_base = Fraction(1, _TICKS_PER_S)
        container.mux(video.encode(picture))
    if audio is not None and encoded_s < clip.span.end:
        rest = Span(start=encoded_s, end=clip.span.end)
        _encode_audio(container, audio, clip, rest)
    for stream in (video, audio):
        if stream is not None:
            container.mux(stream.encode(None))


def _frames(clip: Clip) -> Iterator[Frame]:
    """All frames in order of time; a still image is repeated."""
    if not clip.has_video:
        return
    if clip.still:
        (still,) = clip.frames()
        count = max(1, round(clip.span.seconds * _STILL_FRAME_RATE))
        for number, image in enumerate(repeat(still.image, count)):
            yield Frame(number / _STILL_FRAME_RATE, image)
        return
    last = -1.0
    for start in np.arange(clip.span.start, clip.span.end, _CHUNK_S):
        end = min(float(start) + _CHUNK_S, clip.span.end)
        for frame in clip.frames(Span(start=float(start), end=end), rate=_FRAME_RATE):
            if frame.time > last:
                last = frame.time
                yield frame


def _add_video_stream(container: Any, width: int, height: int) -> Any:
    codec = next(name for name in _CODECS if name in av.codecs_available)
    stream = container.add_stream(codec, rate=round(_FRAME_RATE))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
    if codec == "libx264":
        stream.options = {"crf": "21", "preset": "veryfast"}
    else:
        stream.bit_rate = 4_000_000
    return stream


def _add_audio_stream(container: Any, clip: Clip) -> Any:
    if not clip.has_audio:
        return None
    return container.add_stream("aac", rate=SAMPLING_RATE, layout="mono")


def _encode_audio(container: Any, stream: Any, clip: Clip, span: Span) -> None:
    samples = clip.audio(span)[None]
    if samples.size:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples), format="fltp", layout="mono"
        )
        frame.sample_rate = SAMPLING_RATE
        frame.pts = round(span.start * SAMPLING_RATE)
        container.mux(stream.encode(frame))
