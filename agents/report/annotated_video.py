"""Films of a clip: a copy; `annotated.mp4`, with boxes, and the evidence told."""

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
from affectgraph.agents.report.face_blur import hidden
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import SAMPLING_RATE, Clip, Frame
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Span

# Frames a second at most; clips of less keep what they have.
_RATE = 30.0
_STILL_RATE = 10.0

# Sound and pictures are written in turns of so many seconds.
_TURN = 60.0

_TICKS = 90_000
_CODECS = ("libx264", "mpeg4")


def film(verdict: Verdict, clip: Clip, file: Path, *, anonymize: bool = False) -> None:
    """Write a clip with boxes, labels and captions; nothing if it shows nothing.

    The sound is the one that the senses heard: mono, 16 kHz.

    Args:
        verdict: What to say.
        clip: With pictures and a length; a picture with sound is shown as long.
        file: Where to write.
        anonymize: Blur every face that is found.

    Raises:
        SettingError: If it cannot be encoded.
    """
    if not clip.has_video or not clip.span.seconds:
        return
    frames = _frames(clip)
    pictures = hidden(clip, frames) if anonymize else frames
    _write(file, clip, _captioned(verdict, clip, pictures))


def copy(clip: Clip, file: Path) -> None:
    """Write what the senses saw and heard of a clip, as browsers play it.

    Args:
        clip: With a length.
        file: Where to write; its suffix says what to, such as `.mp4`.

    Raises:
        SettingError: If it cannot be encoded.
    """
    _write(file, clip, _even(clip))


def _captioned(
    verdict: Verdict, clip: Clip, pictures: Iterable[Frame]
) -> Iterator[Frame]:
    captions = None
    for frame in pictures:
        captions = captions or Captions(verdict, clip, frame.image.shape)
        yield replace(frame, image=captions.on(frame))


def _even(clip: Clip) -> Iterator[Frame]:
    """The frames, cut to an even height and width, as encoders ask."""
    for frame in _frames(clip):
        height, width = (side // 2 * 2 for side in frame.image.shape[:2])
        yield replace(frame, image=frame.image[:height, :width])


def _write(file: Path, clip: Clip, pictures: Iterable[Frame]) -> None:
    try:
        with av.open(str(file), "w", options={"movflags": "faststart"}) as container:
            _fill(container, clip, pictures)
    except FFmpegError as error:
        raise SettingError(f"{file.name} cannot be encoded: {error}") from error


def _fill(container: Any, clip: Clip, pictures: Iterable[Frame]) -> None:
    picture, sound = None, _sound(container, clip)
    heard = 0.0
    for frame in pictures:
        if picture is None:
            height, width = frame.image.shape[:2]
            picture = _picture(container, width, height)
        if sound is not None and frame.time >= heard:
            span = Span(start=heard, end=min(heard + _TURN, clip.span.end))
            _hear(container, sound, clip, span)
            heard += _TURN
        shown = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(frame.image), format="rgb24"
        )
        shown.pts = round(frame.time * _TICKS)
        shown.time_base = Fraction(1, _TICKS)
        container.mux(picture.encode(shown))
    if sound is not None and heard < clip.span.end:
        _hear(container, sound, clip, Span(start=heard, end=clip.span.end))
    for stream in (picture, sound):
        if stream is not None:
            container.mux(stream.encode(None))


def _frames(clip: Clip) -> Iterator[Frame]:
    """All frames in order of time; a still one again and again."""
    if not clip.has_video:
        return
    if clip.still:
        (still,) = clip.frames()
        count = max(1, round(clip.span.seconds * _STILL_RATE))
        for number, image in enumerate(repeat(still.image, count)):
            yield Frame(number / _STILL_RATE, image)
        return
    last = -1.0
    for start in np.arange(clip.span.start, clip.span.end, _TURN):
        end = min(float(start) + _TURN, clip.span.end)
        for frame in clip.frames(Span(start=float(start), end=end), rate=_RATE):
            if frame.time > last:
                last = frame.time
                yield frame


def _picture(container: Any, width: int, height: int) -> Any:
    codec = next(name for name in _CODECS if name in av.codecs_available)
    stream = container.add_stream(codec, rate=round(_RATE))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, _TICKS)
    if codec == "libx264":
        stream.options = {"crf": "21", "preset": "veryfast"}
    else:
        stream.bit_rate = 4_000_000
    return stream


def _sound(container: Any, clip: Clip) -> Any:
    if not clip.has_audio:
        return None
    return container.add_stream("aac", rate=SAMPLING_RATE, layout="mono")


def _hear(container: Any, stream: Any, clip: Clip, span: Span) -> None:
    samples = clip.audio(span)[None]
    if samples.size:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples), format="fltp", layout="mono"
        )
        frame.sample_rate = SAMPLING_RATE
        frame.pts = round(span.start * SAMPLING_RATE)
        container.mux(stream.encode(frame))
