"""The clip itself: one door for video, audio, image, text, bytes, arrays, or a mix."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from affectgraph.tools.clip import audio as sound
from affectgraph.tools.clip import frames as pictures
from affectgraph.tools.clip import inputs, stills
from affectgraph.tools.clip.arrays import (
    as_images,
    as_sound,
    checked_frame_rate,
    checked_sampling_rate,
)
from affectgraph.tools.clip.artifacts import Artifacts, Vector
from affectgraph.tools.clip.audio import Signal, AudioBuffer
from affectgraph.tools.clip.dialogue_turn import Turn
from affectgraph.tools.clip.frames import Frame, Image
from affectgraph.tools.clip.language import ENGLISH, checked_language
from affectgraph.tools.clip.limits import Limits, checked_limits
from affectgraph.tools.clip.media import Media, Streams
from affectgraph.tools.clip.source import Source, SupportsArray, parse_source
from affectgraph.tools.errors import EmptyClipError
from affectgraph.tools.evidence import Frozen, Span

T = TypeVar("T")

# Folders and files are named after it, also where a verdict is read from a file.
_SHA256 = "^[0-9a-f]{64}$"


class ClipInfo(Frozen):
    """What a clip is, in words and numbers that may go into a verdict.

    Attributes:
        name: File name, or what kind of data it came from.
        sha256: Hash of everything in it: the identity of the clip.
        footage: The same without the words given with pictures or sound; of words
            alone, whatever their case and punctuation. Empty in verdicts of older
            releases.
        seconds: Duration of what can be decoded.
        coverage: Seconds that can be decoded over seconds that the container promises.
        has_video: It has a picture or moving pictures.
        has_audio: It has a sound track.
        has_text: Words were given with it.
        language: Of its words, such as `en`.
        audio_tracks: How many sound tracks the file has; one is used.
    """

    name: str
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
        """Hash by which the memory knows the clip, whatever words came with it."""
        return self.footage or self.sha256


class Clip:
    """What is analysed. Made by `Clip.open`; nothing is decoded until a sense asks.

    Examples:
        >>> clip = Clip.open(text="What a lovely surprise!")
        >>> clip.has_video, clip.has_audio, clip.span.seconds
        (False, False, 0.0)
    """

    def __init__(
        self,
        *,
        name: str,
        sha256: str,
        footage: str,
        limits: Limits,
        text: str | None = None,
        turns: tuple[Turn, ...] | None = None,
        language: str = ENGLISH,
        media: Media | None = None,
        images: Image | None = None,
        frame_rate: float = 25.0,
        samples: AudioBuffer | None = None,
    ) -> None:
        """Use `Clip.open` instead; it checks what this takes as given."""
        self.sha256 = sha256
        self.footage = footage
        self.text = text
        self.turns = turns
        self.language = language
        self.artifacts = Artifacts()
        self._name = name
        self.limits = limits
        self._media = media
        self._streams = media.probe() if media is not None else None
        self._notes: tuple[str, ...] = ()
        if media is not None and self._streams is not None:
            self._streams, self._notes = pictures.choose_video_track(media, self._streams)
        self._images = images
        self._frame_rate = frame_rate
        self._samples = samples

    @classmethod
    def open(
        cls,
        source: Source | None = None,
        *,
        text: str | None = None,
        turns: Sequence[Turn] | None = None,
        language: str = ENGLISH,
        audio: NDArray[Any] | SupportsArray | None = None,
        sampling_rate: int | None = None,
        frame_rate: float = 25.0,
        limits: Limits | None = None,
    ) -> "Clip":
        """Open what is to be analysed.

        Args:
            source: Path of a video, audio, image or `.txt` file; encoded bytes, or a
                binary file object, read from its beginning; a PIL image; or an array,
                of numpy or anything with `__array__`: a picture [h, w], [h, w, 1, 3 or
                4] or a film [n, h, w, 3], uint8 or float in 0..1; or sound, as below.
            text: The words, where they are known; used instead of recognition.
            turns: What was said before in the conversation, oldest first; None if it
                is none.
            language: Of its words, one of the 99 that Whisper hears, such as `de`;
                what is not English is translated from the sound.
            audio: Sound for an array of pictures: int16, int32 or float in -1..1; [n],
                [n, channels] or [channels, n], of up to 8 channels.
            sampling_rate: Of sound given as an array, in Hz; 16,000 if None. A file
                knows its own.
            frame_rate: Of a film given as an array, in frames a second.
            limits: Caps on duration, pixels, frames and text.

        Returns:
            The clip.

        Raises:
            ClipError: With its own type for each way a clip can be unusable.
            SettingError: If the language is unknown, or a rate cannot be.
        """
        limits = checked_limits(limits)
        language = checked_language(language)
        rate = checked_sampling_rate(sampling_rate)
        given = parse_source(source, audio, limits, rated=sampling_rate is not None)
        text = inputs.words(text, given.text, limits)
        media = None if given.media is None else Media(given.media, limits, given.name)
        arrays = []
        images = samples = None
        if given.images is not None:
            frame_rate = checked_frame_rate(frame_rate)
            images = as_images(given.images, "source", frame_rate, limits)
            arrays.append((images, frame_rate))
        if given.sound is not None:
            name = "source" if audio is None else "audio"
            signal = as_sound(given.sound, name, rate, limits)
            arrays.append((signal, rate))
            samples = sound.audio_from_array(signal, rate)
        if media is None and not arrays and text is None:
            raise EmptyClipError("clip: nothing given; pass a file, an array or a text")
        sha256, footage = inputs.identity(media, arrays, text)
        return cls(
            name=media.name if media else ("array" if arrays else "text"),
            sha256=sha256,
            footage=footage,
            limits=limits,
            text=text,
            turns=inputs.checked_turns(turns),
            language=language,
            media=media,
            images=images,
            frame_rate=frame_rate,
            samples=samples,
        )

    @property
    def path(self) -> Path | None:
        """The file that holds its picture or sound; None for anything but a file."""
        return None if self._media is None else self._media.path

    @property
    def has_video(self) -> bool:
        """There are pictures to look at."""
        return self._images is not None or (
            self._streams is not None and bool(self._streams.video)
        )

    @property
    def has_audio(self) -> bool:
        """There is a sound track."""
        return self._samples is not None or (
            self._streams is not None and bool(self._streams.audio)
        )

    @property
    def still(self) -> bool:
        """The picture is a single image."""
        if self._streams is not None:
            return self._streams.still
        return self._images is not None and len(self._images) == 1

    @property
    def span(self) -> Span:
        """The whole clip; 0 to 0 for an image or a bare text."""
        seconds = 0.0 if self._streams is None else self._seconds(self._streams)
        if self._samples is not None:
            seconds = max(seconds, self._samples.seconds)
        if self._images is not None and not self.still:
            seconds = max(seconds, len(self._images) / self._frame_rate)
        return Span(start=0.0, end=seconds)

    @property
    def info(self) -> ClipInfo:
        """Description of the clip, without its content."""
        return ClipInfo(
            name=self._name,
            sha256=self.sha256,
            footage=self.footage,
            seconds=self.span.seconds,
            coverage=self._coverage(),
            has_video=self.has_video,
            has_audio=self.has_audio,
            has_text=self.text is not None,
            language=self.language,
            audio_tracks=self._streams.audio_tracks if self._streams else 0,
        )

    def frames(self, span: Span | None = None, *, rate: float = 5.0) -> Iterator[Frame]:
        """Stream frames of a span at `rate` a second; one frame for an image."""
        span = span or self.span
        if self._images is not None:
            return pictures.array_frames(
                self._images, self._frame_rate, span, rate, self.limits
            )
        if self._media is None or self._streams is None or not self.has_video:
            return iter(())
        if self._streams.still:
            frame = stills.still_frame(self._media, self._streams)
            return iter(() if frame is None else (frame,))
        return pictures.media_frames(self._media, self._streams, span, rate)

    def audio(self, span: Span | None = None) -> Signal:
        """Mono sound of a span: float32 [n] at 16 kHz, empty where there is none."""
        span = span or self.span
        if self._samples is not None:
            return self._samples.read(span)
        if self._media is None or self._streams is None or not self.has_audio:
            return np.zeros(0, dtype=np.float32)
        return self._decoded(self._media, self._streams).read(span)

    def notes(self, *, of_sound: bool = True) -> tuple[str, ...]:
        """What the user should know about which tracks and channels are used.

        Args:
            of_sound: Include the sound, which is decoded for that where there is more
                than one channel.
        """
        streams, found = self._streams, self._notes
        if not of_sound:
            return found
        if self._samples is not None:
            return (*found, *self._samples.notes)
        if self._media is None or streams is None or not streams.audio:
            return found
        if len(streams.audio) == 1 and streams.channels == 1:
            return found
        return (*found, *self._decoded(self._media, streams).notes)

    def artifact(self, key: str, make: Callable[[], T]) -> T:
        """Compute something once for this clip; safe from several threads."""
        return self.artifacts.once(key, make)

    def keep(self, key: str, vector: NDArray[Any]) -> str:
        """Keep a vector for later nodes, and return its key."""
        return self.artifacts.keep(key, vector)

    def kept(self, key: str) -> Vector:
        """A vector kept before.

        Raises:
            KeyError: If there is none under this key.
        """
        return self.artifacts.kept(key)

    def _decoded(self, media: Media, streams: Streams) -> AudioBuffer:
        return self.artifact("sound", lambda: sound.decode_audio(media, streams))

    def _seconds(self, streams: Streams) -> float:
        if streams.still or streams.declared is None:
            return streams.reached
        # Containers round up: a promise within a tenth of a second is kept.
        near = streams.declared - streams.reached < 0.1
        return streams.declared if near else streams.reached

    def _coverage(self) -> float:
        if self._streams is None or not self._streams.declared:
            return 1.0
        return min(1.0, self._seconds(self._streams) / self._streams.declared)
