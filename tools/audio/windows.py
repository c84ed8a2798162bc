"""Long clips, window by window: the same windows for every sense that listens."""

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Span

MAX_SECONDS = 30.0
# A window that would end inside speech ends in the longest pause of its last part.
_SEARCHED = 10.0


def split_windows(clip: Clip, span: Span) -> tuple[Span, ...]:
    """Cut a span into windows of at most 30 s, in pauses where there are any.

    A span of up to 30 s is one window, so that senses asking for it share its
    spectrogram.
    """
    found: list[Span] = []
    start = span.start
    while span.end - start > MAX_SECONDS:
        end = _pause(
            clip, Span(start=start + MAX_SECONDS - _SEARCHED, end=start + MAX_SECONDS)
        )
        found.append(Span(start=start, end=end))
        start = end
    return (*found, Span(start=start, end=span.end))


def _pause(clip: Clip, span: Span) -> float:
    """Middle of the longest pause inside a span; its end if somebody speaks on."""
    spoken = speech_spans(clip, span)
    edges = [span.start, *(t for s in spoken for t in (s.start, s.end)), span.end]
    pauses = [
        (b - a, (a + b) / 2) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    longest, middle = max(pauses)
    return middle if longest > 0.0 else span.end
