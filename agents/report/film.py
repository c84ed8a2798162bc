"""`annotated.mp4`: the clip with its face boxed, and the evidence told as it comes."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from affectgraph.agents.report.captions import Captions
from affectgraph.agents.report.faces import hidden
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
    try:
        with av.open(str(file), "w", options={"movflags": "faststart"}) as container:
            _write(container, verdict, clip, anonymize=anonymize)
    except FFmpegError as error:
        raise SettingError(f"{file.name} cannot be encoded: {error}") from error


def _write(container: Any, verdict: Verdict, clip: Clip, *, anonymize: bool) -> None:
    frames = _frames(clip)
    pictures = hidden(clip, frames) if anonymize else frames
    captions, picture, sound = None, None, _sound(container, clip)
    heard = 0.0
    for frame in pictures:
        if captions is None or picture is None:
            captions = Captions(verdict, clip, frame.image.shape)
            picture = _picture(container, captions.width, captions.height)
        if sound is not None and frame.time >= heard:
            span = Span(start=heard, end=min(heard + _TURN, clip.span.end))
            _hear(container, sound, clip, span)
            heard += _TURN
        shown = av.VideoFrame.from_ndarray(captions.on(frame), format="rgb24")
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
