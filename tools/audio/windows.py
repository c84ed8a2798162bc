"""Windows of long clips, the same for every sense that uses the audio."""

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Span

MAX_SECONDS = 30.0
# A window ends in the longest pause of its last so many seconds.
_SEARCH_SECONDS = 10.0


def split_windows(clip: Clip, span: Span) -> tuple[Span, ...]:
    """Split a span into windows of at most 30 s, at pauses where possible.

    A span of up to 30 s is one window, so that senses share its spectrogram.
    """
    parts: list[Span] = []
    start = span.start
    while span.end - start > MAX_SECONDS:
        end = _split_time(
            clip,
            Span(start=start + MAX_SECONDS - _SEARCH_SECONDS, end=start + MAX_SECONDS),
        )
        parts.append(Span(start=start, end=end))
        start = end
    return (*parts, Span(start=start, end=span.end))


def _split_time(clip: Clip, span: Span) -> float:
    """Middle of the longest pause in a span; its end if there is no pause."""
    spoken = speech_spans(clip, span)
    edges = [span.start, *(t for s in spoken for t in (s.start, s.end)), span.end]
    pauses = [
        (b - a, (a + b) / 2) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    longest, middle = max(pauses)
    return middle if longest > 0.0 else span.end
