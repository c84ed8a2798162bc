"""Open and probe media files, with a typed error for each way they can be broken."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError

from affectgraph.tools.clip import orientation
from affectgraph.tools.clip.heif import HeifError, HeifPicture, primary_picture
from affectgraph.tools.clip.image_header import read_image_size
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.orientation import UPRIGHT, Orientation
from affectgraph.tools.clip.streams import (
    Streams,
    audio_streams,
    declared_duration,
    is_animation,
    is_still,
    measure_duration,
    video_streams,
)
from affectgraph.tools.errors import (
    ClipNotFoundError,
    EmptyClipError,
    NotMediaError,
    NoUsableStreamError,
    TruncatedClipError,
)
from affectgraph.tools.sanitize import sanitize_text
from affectgraph.tools.timeout import checkpoint

_HASH_CHUNK_BYTES = 1 << 20

_NOT_MEDIA = "not a media file that can be decoded"
_NO_STREAM = "no picture or sound in it that can be decoded"

# The end of a Targa image; offset and flag of an animated WebP image.
_TARGA_FOOTER = b"TRUEVISION-XFILE.\0"
_WEBP_FLAGS_OFFSET, _WEBP_ANIMATED = 20, 2

# Without it, FFmpeg would read the files and URLs that a playlist names.
_SAFE_OPTIONS = {"protocol_whitelist": "none"}


class _NamelessFile:
    """A file without a name, so that FFmpeg judges its content only."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


class Media:
    """Encoded media, in a file or in memory, that can be opened repeatedly."""

    def __init__(
        self, source: Path | bytes, limits: Limits, name: str = "bytes"
    ) -> None:
        """Check that the file, or the bytes under a name, are there and not empty.

        Raises:
            ClipNotFoundError: If there is no such file.
            EmptyClipError: If it has no bytes.
        """
        self._source = source
        self.limits = limits
        self.name = sanitize_text(name if isinstance(source, bytes) else source.name)
        head = self._head()
        if not head:
            raise EmptyClipError(f"{self.name}: empty (0 bytes)")
        self._is_mp4 = head[4:8] == b"ftyp"

    @property
    def path(self) -> Path | None:
        """The file; None for bytes."""
        return self._source if isinstance(self._source, Path) else None

    def _head(self) -> bytes:
        with self._open_raw() as file:
            return file.read(16)

    def _open_raw(self) -> BinaryIO:
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
        with self._open_raw() as file:
            while chunk := file.read(_HASH_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def _heif_picture(self) -> HeifPicture | None:
        """The primary picture of a HEIF file; None for other files.

        Raises:
            NotMediaError: If the file is damaged.
        """
        if not self._is_mp4:
            return None
        try:
            with self._open_raw() as file:
                return primary_picture(file)
        except HeifError as error:
            raise NotMediaError(f"{self.name}: {error}; save it again") from error

    def _orientation(self, picture: HeifPicture | None) -> Orientation:
        if picture is not None:
            return picture.orientation
        with self._open_raw() as file:
            return orientation.still_orientation(file)

    def _no_stream_error(self, container: InputContainer) -> NoUsableStreamError:
        unsupported = self._unsupported_format()
        for stream in () if unsupported else container.streams.video:
            if stream.codec_context is not None:
                # A decoder reports no size for images over the limit.
                self._check_pixels(stream)
        return NoUsableStreamError(f"{self.name}: {unsupported or _NO_STREAM}")

    def _unsupported_format(self) -> str:
        """Message about a known format that is not supported; empty for others."""
        with self._open_raw() as file:
            head = file.read(_WEBP_FLAGS_OFFSET + 1)
            file.seek(-min(len(_TARGA_FOOTER), len(head)), io.SEEK_END)
            tail = file.read()
        if head[8:16] == b"WEBPVP8X" and head[_WEBP_FLAGS_OFFSET] & _WEBP_ANIMATED:
            return "an animated WebP picture cannot be read; save it as MP4 or GIF"
        if tail == _TARGA_FOOTER or self.name.lower().endswith(".tga"):
            return "a Targa picture cannot be read; save it as PNG"
        return ""

    @contextmanager
    def open(self) -> Iterator[InputContainer]:
        """Open the container; its decoders refuse images over the limit.

        Raises:
            ClipNotFoundError: If it does not exist, or no longer.
            TruncatedClipError: If an MP4 ends before its index.
            NotMediaError: If it cannot be decoded.
        """
        limits = self.limits.decoder_options
        with self._open_raw() as file:
            try:
                # FFmpeg decodes some images while opening them, to learn their size.
                container = av.open(
                    _NamelessFile(file), "r", options={**_SAFE_OPTIONS, **limits}
                )
            except (FFmpegError, ValueError) as error:
                if self._is_mp4:
                    raise TruncatedClipError(
                        f"{self.name}: truncated, its index (moov) is missing; "
                        "copy or record it again"
                    ) from error
                raise NotMediaError(
                    f"{self.name}: {self._unsupported_format() or _NOT_MEDIA}"
                ) from error
            with container:
                for stream in (*container.streams.video, *container.streams.audio):
                    if stream.codec_context is not None:
                        stream.codec_context.options = limits
                yield container

    def probe(self) -> Streams:
        """Find the streams, check them against the limits, measure their duration."""
        self._check_header()
        picture = self._heif_picture()
        with self.open() as container:
            streams = self._read_streams(container, picture)
        self.limits.check_seconds(self.name, streams.measured_seconds)
        if not streams.video and streams.measured_seconds <= 0:
            raise EmptyClipError(f"{self.name}: its sound is 0 s long; record it again")
        return streams

    def _read_streams(
        self, container: InputContainer, picture: HeifPicture | None
    ) -> Streams:
        videos, audios = video_streams(container, picture), audio_streams(container)
        if not videos and not audios:
            raise self._no_stream_error(container)
        for stream in videos:
            self._check_pixels(stream)
        declared = declared_duration(container)
        self.limits.check_seconds(self.name, declared or 0.0)
        start = (container.start_time or 0) / av.time_base
        still, seconds = picture is not None or is_still(container), 0.0
        if not still:
            seconds, packets = measure_duration(container, start)
            still = is_animation(container) and packets == 1
        return Streams(
            video=tuple(stream.index for stream in videos),
            audio=tuple(stream.index for stream in audios),
            channels=audios[0].channels if audios else 0,
            audio_tracks=len(container.streams.audio),
            still=still,
            picture=picture,
            orientation=self._orientation(picture) if still else UPRIGHT,
            start=start,
            declared_seconds=None if still else declared,
            measured_seconds=0.0 if still else seconds,
        )

    def decoded(self, container: InputContainer, stream: Any) -> Iterator[Any]:
        """Frames of one stream; packets that cannot be decoded are skipped.

        Raises:
            ClipTooLargeError: If an image is over the limit, whatever the header says.
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
        """Refuse a large image by its header, before reading all of it."""
        with self._open_raw() as file:
            size = read_image_size(file)
        if size is not None:
            self.limits.check_pixels(self.name, *size)

    def _check_pixels(self, image: Any) -> None:
        """Refuse a stream, decoder or frame that is too large."""
        self.limits.check_pixels(self.name, image.width, image.height)
