"""A live session: utterances are closed as they end, and judged as clips."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from affectgraph.agents.live.stream_buffer import StreamBuffer
from affectgraph.agents.live.update import LiveState, LiveUpdate
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.audio.voice_activity import find_speech
from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.clip.audio import Signal
from affectgraph.tools.evidence import Span
from affectgraph.tools.transcript.utterances import MAX_PAUSE, MAX_SECONDS

# Seconds between two looks at the sound, and between two statements.
_STEP, _BEAT = 0.25, 1.0
# After so short a pause an utterance is judged, in case that it has ended.
_EARLY_PAUSE = 0.3
# The latest seconds of an utterance that goes on are judged, at so many frames.
_GLANCE_SECONDS, _GLANCE_FRAMES = 3.0, 4
# Of an utterance so many frames are looked at, so that its length costs no time.
_MAX_FRAMES = 16
# The end of speech may be found elsewhere by so many seconds when more is heard.
_SAME_END = 0.15

Analyze = Callable[..., Verdict]


class LiveSession:
    """Judges what a buffer holds.

    An utterance is a clip of its own, cut from the stream: its frames and its sound.
    What a program says of it is what it would say of a file with the same content.

    Args:
        buffer: The stream.
        analyze: Judges the clip of an utterance, and records how.
        glance: Judges the latest seconds, quickly; None not to.
        folder: Where the runs of utterances are saved; None not to.
    """

    def __init__(
        self,
        buffer: StreamBuffer,
        analyze: Analyze,
        glance: Analyze | None,
        folder: Path | None = None,
    ) -> None:
        self._buffer = buffer
        self._analyze = analyze
        self._glance = glance
        self._folder = folder
        self._recorder = Recorder()
        self._closed_until = 0.0
        self._early: LiveUpdate | None = None
        self._thinned = 0

    def updates(self) -> Iterator[LiveUpdate]:
        """Yield statements until the stream ends.

        Statements are made as fast as they are taken: who takes them late gets fewer.
        """
        now, spoken, ended = 0.0, -_BEAT, False
        while not ended:
            now, ended = self._buffer.wait(now + _STEP)
            stretches = self._find_utterances(now)
            for span in stretches:
                if ended or now - span.end >= MAX_PAUSE:
                    yield self._close(span)
                elif span.seconds >= MAX_SECONDS:
                    yield self._close(self._cut(span))
                elif now - span.end >= _EARLY_PAUSE and not self._is_judged(span):
                    self._early = self._judge_utterance(span)
                    spoken = now
                    yield self._early
            if now - spoken >= _BEAT and not ended:
                spoken = now
                yield self._say_latest(stretches, now)
            self._forget(stretches, now)

    def _find_utterances(self, now: float) -> list[Span]:
        """Stretches of speech that are not closed, with the short pauses in them."""
        if not self._buffer.has_sound or now <= self._closed_until:
            return []
        sound = self._buffer.audio(Span(start=self._closed_until, end=now))
        joined: list[Span] = []
        for first, last in find_speech(sound):
            start, end = self._closed_until + first, self._closed_until + last
            if joined and start - joined[-1].end < MAX_PAUSE:
                start = joined.pop().start
            joined.append(Span(start=start, end=min(end, now)))
        return joined

    def _cut(self, span: Span) -> Span:
        """The first part of a long utterance, up to the longest pause in it."""
        sound = self._buffer.audio(span)
        stretches = [(span.start + a, span.start + b) for a, b in find_speech(sound)]
        pauses = [
            (after[0] - before[1], before[1]) for before, after in pairwise(stretches)
        ]
        return Span(start=span.start, end=max(pauses, default=(0.0, span.end))[1])

    def _is_judged(self, span: Span) -> bool:
        early = self._early
        return (
            early is not None
            and early.start == span.start
            and abs(early.end - span.end) <= _SAME_END
        )

    def _close(self, span: Span) -> LiveUpdate:
        update = self._early if self._is_judged(span) else None
        if update is None:
            update = self._judge_utterance(span)
        self._closed_until, self._early = update.end, None
        if self._folder is not None and self._recorder.run is not None:
            self._recorder.run.save(self._folder)
        latency = round(self._buffer.seconds_since(update.end), 3)
        return update.model_copy(update={"state": "closed", "latency": latency})

    def _say_latest(self, stretches: Sequence[Span], now: float) -> LiveUpdate:
        """The latest seconds: of an utterance that goes on, or of a silence."""
        speaks = bool(stretches) and now - stretches[-1].end < MAX_PAUSE
        start = max(self._closed_until, now - _GLANCE_SECONDS)
        if speaks:
            start = max(start, stretches[-1].start)
        return self._judge(
            "open" if speaks else "silent",
            Span(start=start, end=now),
            self._glance,
            _GLANCE_FRAMES,
        )

    def _judge_utterance(self, span: Span) -> LiveUpdate:
        self._thinned += max(0, len(self._buffer.frames(span)) - _MAX_FRAMES)
        self._recorder = Recorder()
        analyze = partial(self._analyze, record=self._recorder)
        return self._judge("open", span, analyze, _MAX_FRAMES)

    def _judge(
        self, state: LiveState, span: Span, analyze: Analyze | None, max_frames: int
    ) -> LiveUpdate:
        chosen = thin(self._buffer.frames(span), max_frames)
        verdict = None
        if analyze is not None and (chosen or state != "silent"):
            verdict = analyze(cut_clip(span, chosen, self._buffer.audio(span)))
        return LiveUpdate(
            state=state,
            start=span.start,
            end=span.end,
            verdict=verdict,
            frames=len(chosen),
            dropped_frames=self._buffer.dropped_frames + self._thinned,
            dropped_seconds=round(self._buffer.dropped_seconds, 2),
        )

    def _forget(self, stretches: Sequence[Span], now: float) -> None:
        """Forget what no statement will need."""
        recent = max(0.0, now - _GLANCE_SECONDS)
        if not stretches and self._buffer.has_sound:
            self._closed_until = max(self._closed_until, recent)
        spoken = self._closed_until if stretches else recent
        self._buffer.discard(min(spoken, recent))


def cut_clip(span: Span, frames: Sequence[Frame], sound: Signal) -> Clip:
    """A clip of the frames, float32 sound [n] at 16 kHz, or both.

    Raises:
        EmptyClipError: If there is neither.
    """
    shape = frames[-1].image.shape if frames else ()
    images = [frame.image for frame in frames if frame.image.shape == shape]
    audio = sound if len(sound) else None
    if not images:
        return Clip.open(sound if len(sound) else None)
    rate = max(len(images) / span.seconds, 0.01) if span.seconds else 1.0
    return Clip.open(np.stack(images), audio=audio, frame_rate=rate)


def thin(frames: Sequence[Frame], count: int) -> list[Frame]:
    """At most so many frames, evenly spread."""
    if len(frames) <= count:
        return list(frames)
    places = np.linspace(0, len(frames) - 1, count).round().astype(int)
    return [frames[place] for place in places]
