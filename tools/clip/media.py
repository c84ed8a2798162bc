"""A media file or bytes: opened, probed, and every way it can be broken named."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError

from affectgraph.tools.clip.header import picture_size
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.errors import (
    ClipNotFoundError,
    EmptyClipError,
    NotMediaError,
    NoUsableStreamError,
    TruncatedClipError,
)
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.plain import plain
from affectgraph.tools.timeout import checkpoint

_HASH_CHUNK = 1 << 20
_STILL_FORMATS = ("image2", "_pipe", "bmp", "ico")

# Playlists name files and addresses, which nobody has asked to be read.
_NO_OTHER_FILE = {"protocol_whitelist": "none"}


class _Nameless:
    """A file of which only the content counts, never the name."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


class Streams(Frozen):
    """What a container holds, after every packet was counted.

    Attributes:
        video: Index of the video stream, if one is usable.
        audio: Index of the audio stream, if one is usable.
        audio_tracks: Number of audio streams.
        still: True for an image.
        start: Container time of the clip's zero, in seconds.
        declared: Duration that the container promises, in seconds; None if it does not.
        reached: Time of the last packet's end, in seconds from `start`.
    """

    video: int | None
    audio: int | None
    audio_tracks: int
    still: bool
    start: float
    declared: float | None
    reached: float


class Media:
    """Encoded bytes, in a file or in memory, that can be opened again and again."""

    def __init__(self, source: Path | bytes, limits: Limits) -> None:
        self._source = source
        self.limits = limits
        self.name = "bytes" if isinstance(source, bytes) else plain(source.name)
        head = self._head()
        if not head:
            raise EmptyClipError(f"{self.name}: empty (0 bytes)")
        self._is_mp4 = head[4:8] == b"ftyp"

    @property
    def path(self) -> Path | None:
        """Where it lies; None for bytes."""
        return self._source if isinstance(self._source, Path) else None

    def _head(self) -> bytes:
        with self._reading() as file:
            return file.read(16)

    def _reading(self) -> BinaryIO:
        if isinstance(self._source, bytes):
            return io.BytesIO(self._source)
        try:
            if not self._source.is_file():
                problem = "a folder" if self._source.is_dir() else "not found"
                raise ClipNotFoundError(f"{self._source}: {problem}; name a media file")
            return self._source.open("rb")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ClipNotFoundError(f"{self._source}: {reason}") from error

    def sha256(self) -> str:
        """Hash of all the bytes."""
        digest = hashlib.sha256()
        with self._reading() as file:
            while chunk := file.read(_HASH_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    @contextmanager
    def open(self) -> Iterator[InputContainer]:
        """Open the container; its decoders refuse pictures over the cap.

        Raises:
            ClipNotFoundError: If it is not there, or not any more.
            TruncatedClipError: If an MP4 ends before its index.
            NotMediaError: If it is nothing that can be decoded.
        """
        caps = self.limits.decoder_options
        with self._reading() as file:
            try:
                # FFmpeg decodes some pictures as it opens them, to learn their size.
                container = av.open(
                    _Nameless(file), "r", options={**_NO_OTHER_FILE, **caps}
                )
            except (FFmpegError, ValueError) as error:
                if self._is_mp4:
                    raise TruncatedClipError(
                        f"{self.name}: truncated, its index (moov) is missing; "
                        "copy or record it again"
                    ) from error
                raise NotMediaError(
                    f"{self.name}: not a media file that can be decoded"
                ) from error
            with container:
                for stream in (*container.streams.video, *container.streams.audio):
                    if stream.codec_context is not None:
                        stream.codec_context.options = caps
                yield container

    def probe(self) -> Streams:
        """Find the streams, check them against the caps, and count what is there.

        Raises:
            ClipError: If it cannot be used, each way with its own type.
        """
        self._check_header()
        with self.open() as container:
            video = _video_stream(container)
            audio = _audio_stream(container)
            if video is not None:
                self._check_pixels(video)
            if video is None and audio is None:
                raise NoUsableStreamError(
                    f"{self.name}: no picture or sound in it that can be decoded"
                )
            still = video is not None and _is_still(container)
            declared = None if still else _declared(container)
            self.limits.check_seconds(self.name, declared or 0.0)
            start = (container.start_time or 0) / av.time_base
            found = Streams(
                video=None if video is None else video.index,
                audio=None if audio is None else audio.index,
                audio_tracks=len(container.streams.audio),
                still=still,
                start=start,
                declared=declared,
                reached=0.0 if still else _reached(container, start),
            )
        self.limits.check_seconds(self.name, found.reached)
        if video is None and found.reached <= 0:
            raise EmptyClipError(f"{self.name}: its sound is 0 s long; record it again")
        return found

    def decoded(self, container: InputContainer, stream: Any) -> Iterator[Any]:
        """Frames of one stream; packets that cannot be decoded are passed over.

        Raises:
            ClipTooLargeError: If a picture is over the cap, whatever was promised.
        """
        packets = container.demux(stream)
        while True:
            checkpoint()
            try:
                packet = next(packets)
            except (StopIteration, FFmpegError):
                return
            try:
                frames = packet.decode()
            except FFmpegError:
                frames = []
                if stream.type == "video":
                    self._check_pixels(stream.codec_context)
            for frame in frames:
                if stream.type == "video":
                    self._check_pixels(frame)
                yield frame

    def _check_header(self) -> None:
        """Refuse a picture that tells its size at once, before all of it is read."""
        with self._reading() as file:
            size = picture_size(file)
        if size is not None:
            self.limits.check_pixels(self.name, *size)

    def _check_pixels(self, picture: Any) -> None:
        """Refuse a stream, decoder or frame that is too large."""
        self.limits.check_pixels(self.name, picture.width, picture.height)


def _video_stream(container: InputContainer) -> Any:
    """The first video stream that is no cover picture of an audio file."""
    for stream in container.streams.video:
        cover = stream.disposition & av.stream.Disposition.attached_pic
        if not cover and stream.codec_context is not None:
            return stream
    return None


def _audio_stream(container: InputContainer) -> Any:
    """The audio track marked as default, or the first that has a decoder."""
    tracks = [s for s in container.streams.audio if s.codec_context is not None]
    default = av.stream.Disposition.default
    return next(
        (s for s in tracks if s.disposition & default), next(iter(tracks), None)
    )


def _is_still(container: InputContainer) -> bool:
    name = container.format.name
    return any(name == still or name.endswith(still) for still in _STILL_FORMATS)


def _declared(container: InputContainer) -> float | None:
    return None if container.duration is None else container.duration / av.time_base


def _reached(container: InputContainer, start: float) -> float:
    """End of the last packet in seconds, by reading every packet but decoding none."""
    # In ticks of each stream: a fraction a packet would cost more than reading it.
    last: dict[int, int] = {}
    try:
        for packet in container.demux():
            if packet.pts is not None:
                number, ticks = packet.stream_index, packet.pts + (packet.duration or 0)
                last[number] = max(ticks, last.get(number, ticks))
    except FFmpegError:
        pass  # a broken tail: what was reached until here is what there is
    bases = {number: container.streams[number].time_base for number in last}
    ends = [float(last[number] * base) for number, base in bases.items() if base]
    return max([start, *ends]) - start
