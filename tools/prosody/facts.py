"""Facts about a voice: one measurable sentence each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.prosody.acoustics import FRAME_SECONDS
from affectgraph.tools.prosody.measures import clear_frames
from affectgraph.tools.prosody.pitch import LOWEST_HZ, semitones
from affectgraph.tools.prosody.rhythm import find_pauses, thirds
from affectgraph.tools.prosody.stress import stressed_syllable
from affectgraph.tools.prosody.voice_features import EncodedVoice

_ENDING_SECONDS = 0.4
_AUDIBLE_SEMITONES = 2.0
# Smaller movements over all the speech are wrong too often.
_AUDIBLE_CONTOUR_SEMITONES = 3.0
_STRESS_MARGIN_SECONDS = 0.1


@dataclass(frozen=True)
class _Statement:
    """A sentence about a measure outside its typical range.

    A word is empty where the sentence was right less than four times in five, and
    `margin` is the distance from the range, in its widths, from which it is right that
    often: `tests/benchmarks/measures.py`.
    """

    sentence: str
    low: str
    high: str
    scope: str = "in neutral speech"
    margin: float = 0.0


_STATEMENTS = {
    "pitch": _Statement("Pitch is {}: {:.0f} Hz", "", "high", "for a voice like this"),
    "pitch_range": _Statement(
        "Pitch moves {}: over {:.1f} semitones", "little", "widely", margin=0.15
    ),
    "effort": _Statement(
        "The voice is {}: 1-5 kHz lie at {:.1f} dB against 50-1000 Hz",
        "soft",
        "pressed",
        margin=0.4,
    ),
    "rate": _Statement("Speech is {}: {:.1f} syllables a second", "", "fast"),
    "harmonicity": _Statement(
        "The voice is {}: {:.1f} dB of harmonics against noise",
        "breathy or rough",
        "clear",
        margin=0.15,
    ),
    "jitter": _Statement(
        "Vibration is {}: {:.1f} % from cycle to cycle (jitter)",
        "steady",
        "",
        margin=0.15,
    ),
}


@dataclass(frozen=True)
class VoiceFact:
    """One sentence about a span of voice, with its measurements."""

    span: Span
    observation: str
    measurements: Mapping[str, Measurement]


def describe_voice(
    voice: EncodedVoice,
    start: float,
    speech: Sequence[Span],
    measurements: Mapping[str, Measurement],
) -> Iterator[VoiceFact]:
    """Facts about a voice: its pitch, unusual measures, pauses, ending and stress.

    Args:
        voice: The encoded voice.
        start: Seconds of the clip at which its first frame lies.
        speech: Its spans of speech, in seconds of the clip.
        measurements: Its measures with their typical ranges.
    """
    span = Span(start=speech[0].start, end=speech[-1].end)
    yield from describe_unusual(span, measurements)
    yield from _pause_fact(speech)
    yield from _ending_fact(voice, start, measurements)
    yield from _contour_fact(voice, span)
    yield from _stress_fact(voice, start)


def describe_unusual(
    span: Span, measurements: Mapping[str, Measurement]
) -> Iterator[VoiceFact]:
    """Facts about the pitch and about measures outside their typical range.

    The pitch comes first, then the most unusual measures.
    """
    names = [name for name in _STATEMENTS if name in measurements]
    names.sort(key=lambda name: (name != "pitch", -_distance(measurements[name])))
    for name in names:
        sentence = _sentence(_STATEMENTS[name], measurements[name])
        if sentence and (name == "pitch" or _is_clear(name, measurements[name])):
            yield VoiceFact(span, sentence, {name: measurements[name]})


def _is_clear(name: str, measurement: Measurement) -> bool:
    return _distance(measurement) > _STATEMENTS[name].margin


def _distance(measurement: Measurement) -> float:
    """Distance of a value from its typical range, in widths of the range."""
    low, high = measurement.low, measurement.high
    if low is None or high is None or high <= low:
        return 0.0
    outside = max(low - measurement.value, measurement.value - high, 0.0)
    return outside / (high - low)


def _sentence(statement: _Statement, measurement: Measurement) -> str:
    """The sentence about a measurement; empty if it is not right often enough."""
    words = {"low": statement.low, "high": statement.high}
    word = words.get(measurement.direction, "usual")
    digits = 0 if measurement.unit == "Hz" else 1
    typical = f"{measurement.low:.{digits}f} to {measurement.high:.{digits}f}"
    text = statement.sentence.format(word, measurement.value)
    return word and f"{text}, typical {typical} {statement.scope}."


def _pause_fact(speech: Sequence[Span]) -> Iterator[VoiceFact]:
    pauses = find_pauses(tuple(speech))
    if not pauses.spans:
        return
    longest = max(pauses.spans, key=lambda pause: pause.seconds)
    total = sum(pause.seconds for pause in pauses.spans)
    times = "once" if len(pauses.spans) == 1 else f"{len(pauses.spans)} times"
    yield VoiceFact(
        longest,
        f"Pauses {times}, {total:.1f} s in all; the longest from {longest.start:.1f} s "
        f"to {longest.end:.1f} s.",
        {
            "pauses": Measurement(value=len(pauses.spans)),
            "pause_share": Measurement(value=round(pauses.share, 3)),
        },
    )


def _ending_fact(
    voice: EncodedVoice, start: float, measurements: Mapping[str, Measurement]
) -> Iterator[VoiceFact]:
    ending = measurements.get("ending")
    # A rise was right too seldom to be told.
    if ending is None or ending.value > -_AUDIBLE_SEMITONES:
        return
    last_frame = np.flatnonzero(clear_frames(voice.contours.pitch))[-1]
    end = start + float(last_frame) * FRAME_SECONDS
    yield VoiceFact(
        Span(start=max(end - _ENDING_SECONDS, 0.0), end=end),
        f"At the end the pitch falls by {abs(ending.value):.1f} semitones.",
        {"ending": ending},
    )


def _contour_fact(voice: EncodedVoice, span: Span) -> Iterator[VoiceFact]:
    """How the pitch moves over the thirds of the voice, if it does not turn."""
    frames = clear_frames(voice.contours.pitch) & voice.contours.speech
    tones = thirds(semitones(np.maximum(voice.contours.pitch.hertz, LOWEST_HZ)), frames)
    if tones is None:
        return
    first, middle, last = tones
    move = last - first
    turns = (middle - first) * (last - middle) < 0.0
    if abs(move) < _AUDIBLE_CONTOUR_SEMITONES or turns:
        return
    verb = "rises" if move > 0.0 else "falls"
    yield VoiceFact(
        span,
        f"Over the speech the pitch {verb} by {abs(move):.1f} semitones.",
        {"pitch_move": Measurement(value=round(move, 2), unit="semitones")},
    )


def _stress_fact(voice: EncodedVoice, start: float) -> Iterator[VoiceFact]:
    """The syllable that stands out most in loudness and pitch together."""
    stressed = stressed_syllable(voice.contours)
    if stressed is None:
        return
    seconds, stress = stressed
    time = start + seconds
    span = Span(
        start=max(time - _STRESS_MARGIN_SECONDS, 0.0), end=time + _STRESS_MARGIN_SECONDS
    )
    yield VoiceFact(
        span,
        f"Strongest stress at {time:.1f} s: {stress.louder:.1f} dB louder and "
        f"{stress.higher:.1f} semitones higher than the middle syllable.",
        stress.measurements,
    )
