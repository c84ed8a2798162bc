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

from affectgraph.tools.clip import orientation, tracks
from affectgraph.tools.clip.header import picture_size
from affectgraph.tools.clip.heif import HeifError, HeifPicture, primary_picture
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.orientation import UPRIGHT, Orientation
from affectgraph.tools.errors import (
    ClipNotFoundError,
    EmptyClipError,
    NotMediaError,
    NoUsableStreamError,
    TruncatedClipError,
)
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.sanitize import plain
from affectgraph.tools.timeout import checkpoint

_HASH_CHUNK = 1 << 20

_NO_MEDIA = "not a media file that can be decoded"
_NOTHING_IN_IT = "no picture or sound in it that can be decoded"

# What Targa pictures end in, and where an extended WebP says that it is animated.
_TARGA_END = b"TRUEVISION-XFILE.\0"
_WEBP_FLAGS, _WEBP_ANIMATED = 20, 2

# Playlists name files and addresses, which nobody has asked to be read.
_NO_OTHER_FILE = {"protocol_whitelist": "none"}


class _Nameless:
    """A file of which only the content counts, never the name."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


class Streams(Frozen):
    """What a container holds, after every packet was counted.

    Attributes:
        video: Indices of the usable video streams, the one to look at first.
        audio: Indices of the usable audio streams, the one to hear first.
        channels: Of the first of these; 0 where there is none.
        audio_tracks: Number of audio streams.
        still: True for an image.
        picture: Which items of a HEIF file are its picture; None for other files.
        orientation: Of a still; that of a film is told by its frames.
        start: Container time of the clip's zero, in seconds.
        declared: Duration that the container promises, in seconds; None if it does not.
        reached: Time of the last packet's end, in seconds from `start`.
    """

    video: tuple[int, ...]
    audio: tuple[int, ...]
    channels: int
    audio_tracks: int
    still: bool
    picture: HeifPicture | None = None
    orientation: Orientation = UPRIGHT
    start: float
    declared: float | None
    reached: float


class Media:
    """Encoded bytes, in a file or in memory, that can be opened again and again."""

    def __init__(
        self, source: Path | bytes, limits: Limits, name: str = "bytes"
    ) -> None:
        """Open a file, or bytes under a name."""
        self._source = source
        self.limits = limits
        self.name = plain(name if isinstance(source, bytes) else source.name)
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

    def _photograph(self) -> HeifPicture | None:
        """The picture in a HEIF file; None for other files.

        Raises:
            NotMediaError: If the file is damaged.
        """
        if not self._is_mp4:
            return None
        try:
            with self._reading() as file:
                return primary_picture(file)
        except HeifError as error:
            raise NotMediaError(f"{self.name}: {error}; save it again") from error

    def _orientation(self, picture: HeifPicture | None) -> Orientation:
        if picture is not None:
            return picture.orientation
        with self._reading() as file:
            return orientation.of_still(file)

    def _unread(self) -> str:
        """Why a kind of picture that is known is not read; empty for all else."""
        with self._reading() as file:
            head = file.read(_WEBP_FLAGS + 1)
            file.seek(-min(len(_TARGA_END), len(head)), io.SEEK_END)
            tail = file.read()
        if head[8:16] == b"WEBPVP8X" and head[_WEBP_FLAGS] & _WEBP_ANIMATED:
            return "an animated WebP picture cannot be read; save it as MP4 or GIF"
        if tail == _TARGA_END or self.name.lower().endswith(".tga"):
            return "a Targa picture cannot be read; save it as PNG"
        return ""

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
                    f"{self.name}: {self._unread() or _NO_MEDIA}"
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
        picture = self._photograph()
        with self.open() as container:
            videos = tracks.video(container, picture)
            audios = tracks.audio(container)
            if not videos and not audios:
                unread = self._unread()
                for stream in () if unread else container.streams.video:
                    self._check_pixels(stream)  # a decoder tells no size over the cap
                raise NoUsableStreamError(f"{self.name}: {unread or _NOTHING_IN_IT}")
            for stream in videos:
                self._check_pixels(stream)
            declared = tracks.declared(container)
            self.limits.check_seconds(self.name, declared or 0.0)
            start = (container.start_time or 0) / av.time_base
            still = picture is not None or tracks.is_still(container)
            reached, packets = (0.0, 1) if still else tracks.reached(container, start)
            still = still or (tracks.is_animation(container) and packets == 1)
            found = Streams(
                video=tuple(stream.index for stream in videos),
                audio=tuple(stream.index for stream in audios),
                channels=audios[0].channels if audios else 0,
                audio_tracks=len(container.streams.audio),
                still=still,
                picture=picture,
                orientation=self._orientation(picture) if still else UPRIGHT,
                start=start,
                declared=None if still else declared,
                reached=0.0 if still else reached,
            )
        self.limits.check_seconds(self.name, found.reached)
        if not videos and found.reached <= 0:
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
