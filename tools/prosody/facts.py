"""What is worth saying about a voice: one plain, measurable sentence a fact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.prosody.acoustics import FRAME
from affectgraph.tools.prosody.measures import steady
from affectgraph.tools.prosody.rhythm import pauses
from affectgraph.tools.prosody.stress import stressed_syllable
from affectgraph.tools.prosody.voice_features import Voice

_ENDING = 0.4
_AUDIBLE_ENDING = 2.0
_AROUND_STRESS = 0.1

# Words for low and high, how the value reads, and what stands around it.
_SAYINGS = {
    "pitch": ("Pitch is {}: {:.0f} Hz", ("low", "high"), "for a voice like this"),
    "pitch_range": (
        "Pitch moves {}: over {:.1f} semitones",
        ("little", "widely"),
        "in neutral speech",
    ),
    "effort": (
        "The voice is {}: 1-5 kHz lie at {:.1f} dB against 50-1000 Hz",
        ("soft", "pressed"),
        "in neutral speech",
    ),
    "loudness_range": (
        "Loudness {}: by {:.1f} dB",
        ("stays even", "changes strongly"),
        "in neutral speech",
    ),
    "rate": (
        "Speech is {}: {:.1f} syllables a second",
        ("slow", "fast"),
        "in neutral speech",
    ),
    "harmonicity": (
        "The voice is {}: {:.1f} dB of harmonics against noise",
        ("breathy or rough", "clear"),
        "in neutral speech",
    ),
    "jitter": (
        "Vibration is {}: {:.1f} % from cycle to cycle (jitter)",
        ("steady", "unsteady"),
        "in neutral speech",
    ),
}


@dataclass(frozen=True)
class Fact:
    """One sentence about a span, with the measurements behind it."""

    span: Span
    observation: str
    measurements: Mapping[str, Measurement]


def facts(
    voice: Voice,
    start: float,
    speech: Sequence[Span],
    measured: Mapping[str, Measurement],
) -> Iterator[Fact]:
    """Facts about a stretch of voice: its pitch, then what is most unusual.

    Args:
        voice: What was measured.
        start: Seconds of the clip at which its first frame lies.
        speech: Spans of speech in it, in seconds of the clip.
        measured: Its measures against their typical ranges.
    """
    whole = Span(start=speech[0].start, end=speech[-1].end)
    yield from unusual(whole, measured)
    yield from _pauses(speech)
    yield from _ending(voice, start, measured)
    yield from _stress(voice, start)


def unusual(span: Span, measured: Mapping[str, Measurement]) -> Iterator[Fact]:
    """The pitch of a span of voice, then its measures outside their typical range."""
    known = [name for name in _SAYINGS if name in measured]
    known.sort(key=lambda name: (name != "pitch", -_unusual(measured[name])))
    for name in known:
        if name == "pitch" or _unusual(measured[name]) > 0.0:
            yield Fact(span, _saying(name, measured[name]), {name: measured[name]})


def _unusual(measurement: Measurement) -> float:
    """How far outside its typical range a value lies, in widths of the range."""
    low, high = measurement.low, measurement.high
    if low is None or high is None or high <= low:
        return 0.0
    outside = max(low - measurement.value, measurement.value - high, 0.0)
    return outside / (high - low)


def _saying(name: str, measurement: Measurement) -> str:
    sentence, (low, high), where = _SAYINGS[name]
    word = {"low": low, "high": high}.get(measurement.direction, "usual")
    said = sentence.format(word, measurement.value)
    digits = 0 if measurement.unit == "Hz" else 1
    usual = f"{measurement.low:.{digits}f} to {measurement.high:.{digits}f}"
    return f"{said}, typical {usual} {where}."


def _pauses(speech: Sequence[Span]) -> Iterator[Fact]:
    found = pauses(tuple(speech))
    if not found.spans:
        return
    longest = max(found.spans, key=lambda pause: pause.seconds)
    total = sum(pause.seconds for pause in found.spans)
    times = "once" if len(found.spans) == 1 else f"{len(found.spans)} times"
    yield Fact(
        longest,
        f"Pauses {times}, {total:.1f} s in all; the longest from {longest.start:.1f} s "
        f"to {longest.end:.1f} s.",
        {
            "pauses": Measurement(value=len(found.spans)),
            "pause_share": Measurement(value=round(found.share, 3)),
        },
    )


def _ending(
    voice: Voice, start: float, measured: Mapping[str, Measurement]
) -> Iterator[Fact]:
    if "ending" not in measured or abs(measured["ending"].value) < _AUDIBLE_ENDING:
        return
    last = start + float(np.flatnonzero(steady(voice.contours.pitch))[-1]) * FRAME
    change = measured["ending"].value
    moves = "rises" if change > 0.0 else "falls"
    yield Fact(
        Span(start=max(last - _ENDING, 0.0), end=last),
        f"At the end the pitch {moves} by {abs(change):.1f} semitones.",
        {"ending": measured["ending"]},
    )


def _stress(voice: Voice, start: float) -> Iterator[Fact]:
    """The syllable that stands out most in both loudness and pitch."""
    found = stressed_syllable(voice.contours)
    if found is None:
        return
    at, stress = start + found[0], found[1]
    yield Fact(
        Span(start=max(at - _AROUND_STRESS, 0.0), end=at + _AROUND_STRESS),
        f"Strongest stress at {at:.1f} s: {stress.louder:.1f} dB louder and "
        f"{stress.higher:.1f} semitones higher than the middle syllable.",
        {
            "stress_level": Measurement(value=round(stress.louder, 2), unit="dB"),
            "stress_pitch": Measurement(
                value=round(stress.higher, 2), unit="semitones"
            ),
        },
    )
