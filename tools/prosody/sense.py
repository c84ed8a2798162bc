"""The prosody sense: how something is said."""

from dataclasses import dataclass
from itertools import islice

import numpy as np

from affectgraph.tools.audio.spectrogram import log_mel
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import windows
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import mean_distribution, top, valence_arousal
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Measurement, Moment, Provenance, Span
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.prosody.acoustics import FRAME
from affectgraph.tools.prosody.baseline import FEATURES, attached
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.facts import facts
from affectgraph.tools.prosody.head import HEAD, Reading, Usual, quality, read
from affectgraph.tools.prosody.measures import against_reference, measure
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.voice_features import Voice, contours_of, listen
from affectgraph.tools.weights import onnx

EMBEDDING = "embedding/prosody"

_LEAST_SPEECH = 0.3
_LONGEST_PHRASE = 8.0
_MOMENT_SECONDS = 3.0
_FACTS, _FACTS_OF_SEGMENT = 7, 2


@dataclass(frozen=True)
class _Segment:
    """A window of the clip in which somebody speaks, listened to."""

    speech: tuple[Span, ...]
    voice: Voice
    start: float
    features: Array
    readings: list[Reading]

    @property
    def span(self) -> Span:
        return Span(start=self.speech[0].start, end=self.speech[-1].end)

    @property
    def seconds(self) -> float:
        return sum(span.seconds for span in self.speech)


@perception_tool(
    modality="prosody",
    prefix="P",
    needs="audio",
    weights=(ENCODER, HEAD),
    seconds=300,
)
def prosody(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
    """Listen to the voice in a span.

    The recording level does not matter. Where a `VoiceBaseline` is attached to the
    clip, the voice is compared with what is usual for that speaker. `fine` follows the
    pitch in steps of 5 ms, and listens to overlapping phrases.

    Returns:
        One summary with a distribution for each window of at most 30 s in which
        somebody speaks, then facts with their measurements.

    Raises:
        SenseError: If nobody speaks in the span.
        WeightsError: If weights are missing.
    """
    speaker = attached(clip)
    summaries: list[Evidence] = []
    further: list[Evidence] = []
    vectors: list[tuple[Array, Array, float]] = []
    parts = windows(clip, span)
    most = _FACTS if len(parts) == 1 else _FACTS_OF_SEGMENT
    key = EMBEDDING if span == clip.span else f"{EMBEDDING}/{span}"
    for window in parts:
        segment = _listen(clip, window, speaker, fine=fine)
        if segment is None:
            continue
        compared = _compared(segment, speaker)
        whole = _summary(segment, compared, speaker, key)
        summaries.append(whole)
        further += _facts(segment, compared, whole, most)
        embedding = np.mean([r.embedding for r in segment.readings], axis=0)
        vectors.append((embedding, segment.features.mean(axis=0), segment.seconds))
    if not summaries:
        raise SenseError(f"no speech found in {span}")
    embeddings, features, seconds = zip(*vectors, strict=True)
    embedding = np.average(embeddings, axis=0, weights=seconds)
    clip.keep(key, embedding / np.linalg.norm(embedding))
    if span == clip.span:
        clip.keep(FEATURES, np.average(features, axis=0, weights=seconds))
    return [*summaries, *further]


def _listen(
    clip: Clip, window: Span, speaker: Usual | None, *, fine: bool
) -> _Segment | None:
    speech = speech_spans(clip, window)
    if sum(span.seconds for span in speech) < _LEAST_SPEECH:
        return None
    voice = listen(contours_of(clip, window, fine=fine), log_mel(clip, window))
    features = np.stack([voice.features(*part) for part in _phrases(voice, fine=fine)])
    readings = read(features, speaker)
    return _Segment(speech, voice, window.start + voice.start, features, readings)


def _phrases(voice: Voice, *, fine: bool) -> list[tuple[int, int]]:
    """First and last frames of equal parts of at most 8 s; overlapping when fine."""
    count = int(np.ceil(voice.frames * FRAME / _LONGEST_PHRASE))
    edges = np.linspace(0, voice.frames, 2 * count + 1).astype(int)
    step = 1 if fine else 2
    return [
        (int(a), int(b)) for a, b in zip(edges[:-2:step], edges[2::step], strict=True)
    ]


def _compared(segment: _Segment, speaker: Usual | None) -> dict[str, Measurement]:
    values = measure(segment.voice.contours, segment.speech)
    alike = float(np.mean([reading.usual_pitch for reading in segment.readings]))
    reference = onnx.load(HEAD).contract["reference"]
    return against_reference(values, reference, alike, speaker)


def _summary(
    segment: _Segment,
    measured: dict[str, Measurement],
    speaker: Usual | None,
    key: str,
) -> Evidence:
    answers = mean_distribution((r.distribution, 1.0) for r in segment.readings)
    valence, arousal = valence_arousal(answers)
    first = top(answers)
    second = top({**answers, first: -1.0})
    spoken = Measurement(value=round(segment.seconds, 2), unit="s")
    return Evidence(
        span=segment.span,
        observation=f"Speaks for {segment.seconds:.1f} s; the voice sounds most "
        f"{_adjective(first)} ({answers[first]:.2f}), then {_adjective(second)} "
        f"({answers[second]:.2f}).",
        measurements={"speech": spoken, **measured},
        distribution=answers,
        valence=valence,
        arousal=arousal,
        quality=quality(answers[first], segment.seconds),
        timeline=_timeline(segment, speaker),
        embedding=key,
        provenance=_provenance(HEAD),
    )


def _timeline(segment: _Segment, speaker: Usual | None) -> tuple[Moment, ...]:
    """One moment a second with speech, each heard with a second on either side."""
    half = (_MOMENT_SECONDS - 1.0) / 2.0
    spans: list[Span] = []
    features: list[Array] = []
    for second in np.arange(segment.span.start, segment.span.end, 1.0):
        span = Span(start=second, end=min(second + 1.0, segment.span.end))
        if (span.seconds < 0.5 and spans) or not any(map(span.overlap, segment.speech)):
            continue
        first = int(max(span.start - half - segment.start, 0.0) / FRAME)
        last = int((span.end + half - segment.start) / FRAME)
        features.append(segment.voice.features(first, min(last, segment.voice.frames)))
        spans.append(span)
    readings = read(np.array(features), speaker)
    return tuple(
        Moment(span=span, distribution=reading.distribution)
        for span, reading in zip(spans, readings, strict=True)
    )


def _facts(
    segment: _Segment, measured: dict[str, Measurement], whole: Evidence, most: int
) -> list[Evidence]:
    found = facts(segment.voice, segment.start, segment.speech, measured)
    return [
        Evidence(
            span=fact.span,
            observation=fact.observation,
            measurements=dict(fact.measurements),
            quality=whole.quality,
            provenance=_provenance(ENCODER),
        )
        for fact in islice(found, most)
    ]


def _adjective(emotion: str) -> str:
    words = {"fear": "afraid", "disgust": "disgusted", "surprise": "surprised"}
    return words.get(emotion, emotion)


def _provenance(name: str) -> Provenance:
    return Provenance(model=name, sha256=onnx.load(name).sha256)
