"""The clip: video, audio, an image, a text, or a mix of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip.artifacts import Artifacts
from affectgraph.tools.clip.audio import (
    AudioBuffer,
    Signal,
    audio_from_array,
    decode_audio,
)
from affectgraph.tools.clip.clip_info import ClipInfo, Turn, checked_turns
from affectgraph.tools.clip.content import DEFAULT_FRAME_RATE, Content, load_content
from affectgraph.tools.clip.frames import (
    Frame,
    array_frames,
    choose_video_track,
    media_frames,
)
from affectgraph.tools.clip.identity import identify
from affectgraph.tools.clip.language import AUTO, ENGLISH, checked_language
from affectgraph.tools.clip.limits import Limits, checked_limits
from affectgraph.tools.clip.source import Source, SupportsArray
from affectgraph.tools.clip.stills import still_frame
from affectgraph.tools.clip.streams import Streams
from affectgraph.tools.evidence import Span
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.language.detection import detect_language
from affectgraph.tools.sanitize import printable_path

T = TypeVar("T")


class Clip:
    """What is analysed. Made by `Clip.open`; senses decode it when they need it.

    Examples:
        >>> clip = Clip.open(text="What a lovely surprise!")
        >>> clip.has_video, clip.has_audio, clip.span.seconds
        (False, False, 0.0)
    """

    def __init__(
        self,
        content: Content,
        *,
        name: str,
        sha256: str,
        footage: str,
        limits: Limits,
        turns: tuple[Turn, ...] | None = None,
        language: str = ENGLISH,
    ) -> None:
        """Use `Clip.open` instead; this constructor checks nothing."""
        self.sha256 = sha256
        self.footage = footage
        self.text = content.text
        self.turns = turns
        self.language = language
        self.limits = limits
        self.artifacts = Artifacts()
        # A server tells nobody where it keeps what was uploaded.
        self.hides_path = False
        self._name = name
        self._images, self._frame_rate = content.images, content.frame_rate
        self._samples: AudioBuffer | None = None
        if content.sound is not None:
            self._samples = audio_from_array(content.sound, content.sampling_rate)
        self._media, self._notes = content.media, tuple[str, ...]()
        self._streams: Streams | None = None
        if content.media is not None:
            streams = content.media.probe()
            self._streams, self._notes = choose_video_track(content.media, streams)

    @classmethod
    def open(
        cls,
        source: Source | None = None,
        *,
        text: str | None = None,
        turns: Sequence[Turn] | None = None,
        language: str = AUTO,
        audio: NDArray[Any] | SupportsArray | None = None,
        sampling_rate: int | None = None,
        frame_rate: float = DEFAULT_FRAME_RATE,
        limits: Limits | None = None,
    ) -> "Clip":
        """Open what is to be analysed.

        Args:
            source: Path of a video, audio, image or `.txt` file; encoded bytes, or a
                binary file object, read from its beginning; a PIL image; or an array,
                of numpy or anything with `__array__`: an image [h, w], [h, w, 1, 3 or
                4] or a film [n, h, w, 3], uint8 or float in 0..1; or sound, as below.
            text: The words, if they are known; used instead of speech recognition.
            turns: What was said before in the conversation, oldest first; None if the
                clip is not part of a conversation.
            language: Language of its words, one of the 99 of Whisper, such as `de`;
                `auto` detects it: in a text at once, in speech as it is recognised.
            audio: Sound for an array of images: int16, int32 or float in -1..1; [n],
                [n, channels] or [channels, n], with up to 8 channels.
            sampling_rate: Sampling rate of sound given as an array, in Hz; 16,000 if
                None. A file has its own.
            frame_rate: Frames per second of a film given as an array.
            limits: Limits on duration, pixels, frames and text.

        Returns:
            The clip.

        Raises:
            ClipError: With its own type for each way a clip can be unusable.
            SettingError: If the language is unknown, or a rate is out of range.
        """
        limits, language = checked_limits(limits), checked_language(language)
        content = load_content(source, text, audio, sampling_rate, frame_rate, limits)
        if language == AUTO and content.text is not None:
            language = detect_language(content.text)[0]
        sha256, footage = identify(content.media, content.arrays, content.text)
        return cls(
            content,
            name=content.name,
            sha256=sha256,
            footage=footage,
            limits=limits,
            turns=checked_turns(turns),
            language=language,
        )

    @property
    def path(self) -> Path | None:
        """The file of its images or sound; None if they are not from a file."""
        return None if self._media is None else self._media.path

    @property
    def has_video(self) -> bool:
        """Whether there is an image or a video."""
        return self._images is not None or (
            self._streams is not None and bool(self._streams.video)
        )

    @property
    def has_audio(self) -> bool:
        """Whether there is an audio track."""
        return self._samples is not None or (
            self._streams is not None and bool(self._streams.audio)
        )

    @property
    def still(self) -> bool:
        """Whether it is a single image."""
        if self._streams is not None:
            return self._streams.still
        return self._images is not None and len(self._images) == 1

    @property
    def span(self) -> Span:
        """The whole clip; 0 to 0 for an image or a text alone."""
        seconds = 0.0 if self._streams is None else self._streams.seconds
        if self._samples is not None:
            seconds = max(seconds, self._samples.seconds)
        if self._images is not None and not self.still:
            seconds = max(seconds, len(self._images) / self._frame_rate)
        return Span(start=0.0, end=seconds)

    def _shown_path(self) -> str:
        if self.path is None or self.hides_path:
            return ""
        return printable_path(self.path)

    @property
    def info(self) -> ClipInfo:
        """Description of the clip, without its content."""
        return ClipInfo(
            name=self._name,
            path=self._shown_path(),
            sha256=self.sha256,
            footage=self.footage,
            seconds=self.span.seconds,
            coverage=self._streams.coverage if self._streams else 1.0,
            has_video=self.has_video,
            has_audio=self.has_audio,
            has_text=self.text is not None,
            language=self.language,
            audio_tracks=self._streams.audio_tracks if self._streams else 0,
        )

    def frames(self, span: Span | None = None, *, rate: float = 5.0) -> Iterator[Frame]:
        """Stream frames of a span at `rate` per second; one frame for an image."""
        span = span or self.span
        if self._images is not None:
            return array_frames(self._images, self._frame_rate, span, rate, self.limits)
        if self._media is None or self._streams is None or not self.has_video:
            return iter(())
        if self._streams.still:
            frame = still_frame(self._media, self._streams)
            return iter(() if frame is None else (frame,))
        return media_frames(self._media, self._streams, span, rate)

    def audio(self, span: Span | None = None) -> Signal:
        """Mono sound of a span: float32 [n] at 16 kHz, empty if there is none."""
        buffer = self._audio_buffer()
        if buffer is None:
            return np.zeros(0, dtype=np.float32)
        return buffer.read(span or self.span)

    def notes(self, *, of_sound: bool = True) -> tuple[str, ...]:
        """Messages for the user about which tracks and channels are used.

        Args:
            of_sound: Include the sound, which has to be decoded for that if it has more
                than one channel.
        """
        streams = self._streams
        is_mono = streams is not None and len(streams.audio) == streams.channels == 1
        if not of_sound or (self._samples is None and is_mono):
            return self._notes
        buffer = self._audio_buffer()
        return self._notes if buffer is None else (*self._notes, *buffer.notes)

    def artifact(self, key: str, make: Callable[[], T]) -> T:
        """Compute something once for this clip; safe from several threads."""
        return self.artifacts.compute_once(key, make)

    def keep(self, key: str, vector: NDArray[Any]) -> str:
        """Store a vector for later nodes of the graph, and return its key."""
        return self.artifacts.put(key, vector)

    def kept(self, key: str) -> Vector:
        """The vector stored under a key.

        Raises:
            KeyError: If there is none.
        """
        return self.artifacts.get(key)

    def _audio_buffer(self) -> AudioBuffer | None:
        if self._samples is not None:
            return self._samples
        media, streams = self._media, self._streams
        if media is None or streams is None or not streams.audio:
            return None
        return self.artifact("sound", lambda: decode_audio(media, streams))
