"""The prosody sense: the emotion in a voice, whatever the words."""

from collections.abc import Iterator, Sequence

import numpy as np

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import mean_distribution, top_emotion, valence_arousal
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Measurement, Moment, Provenance, Span
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.prosody.acoustics import FRAME_SECONDS
from affectgraph.tools.prosody.baseline import FEATURES_KEY, attached_norms
from affectgraph.tools.prosody.bursts import BURSTS, classify_burst, describe_burst
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.facts import describe_voice
from affectgraph.tools.prosody.head import (
    HEAD,
    SpeakerNorms,
    classify_voice,
    estimate_quality,
)
from affectgraph.tools.prosody.measures import compare_with_reference, measure
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.sounds import SOUND_KINDS, SoundFrames, find_sounds
from affectgraph.tools.prosody.spectrum import sounding_frames
from affectgraph.tools.prosody.speech import SpeechSegment, measure_speech, without_span
from affectgraph.tools.prosody.voice_features import (
    EncodedVoice,
    encode_sounds,
)
from affectgraph.tools.weights import onnx

EMBEDDING_KEY = "embedding/prosody"

_MOMENT_SECONDS = 3.0
_MAX_FACTS, _MAX_FACTS_PER_SEGMENT = 7, 2

# Embedding, mean features, and seconds of speech.
_SpeechVectors = tuple[Array, Array, float]


@perception_tool(
    modality="prosody",
    prefix="P",
    needs="audio",
    weights=(ENCODER, HEAD, SOUND_KINDS, BURSTS),
    seconds=300,
)
def prosody(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
    """Classify the voice in a span.

    The result does not depend on the recording level. If a `VoiceBaseline` is attached
    to the clip, the voice is compared with that speaker's. `fine` tracks the pitch in
    steps of 5 ms and classifies overlapping phrases.

    Returns:
        For each window of at most 30 s, a summary with a distribution if somebody
        speaks, and one piece with a distribution for each vocal burst, such as a laugh;
        then facts with their measurements.

    Raises:
        SenseError: If there is no speech and no vocal burst in the span.
        WeightsError: If weights are missing.
    """
    speaker, parts = attached_norms(clip), split_windows(clip, span)
    key = EMBEDDING_KEY if span == clip.span else f"{EMBEDDING_KEY}/{span}"
    max_facts = _MAX_FACTS if len(parts) == 1 else _MAX_FACTS_PER_SEGMENT
    summaries: list[Evidence] = []
    facts: list[Evidence] = []
    vectors: list[_SpeechVectors] = []
    for window in parts:
        sounds = encode_sounds(clip, window, fine=fine)
        if sounds is None:
            continue
        bursts, shouts = find_sounds(sounds)
        start = window.start + sounds.start
        speech = (*speech_spans(clip, window), *(s.span(start) for s in shouts))
        for burst in bursts:
            speech = without_span(speech, burst.span(start))
        segment = measure_speech(sounds, window.start, speech, speaker, fine=fine)
        if segment is not None:
            summary, described = _describe(segment, speaker, key)
            summaries.append(summary)
            facts += described[:max_facts]
            # Segments are large and are not kept: a clip may last hours.
            vectors.append((segment.embedding, segment.mean_features, segment.seconds))
        summaries += _burst_evidence(sounds, start, bursts)
    if not summaries:
        raise SenseError(f"no speech found in {span}: only music, noise or silence")
    if vectors:
        _keep_vectors(clip, key, vectors)
    return [*summaries, *facts]


def _describe(
    segment: SpeechSegment, speaker: SpeakerNorms | None, key: str
) -> tuple[Evidence, list[Evidence]]:
    """The summary of a stretch of speech, and the facts that it rests on."""
    measurements = _measurements(segment, speaker)
    summary = _summary(segment, measurements, speaker, key)
    return summary, _facts(segment, measurements, summary.quality)


def _keep_vectors(clip: Clip, key: str, vectors: Sequence[_SpeechVectors]) -> None:
    """Store the embedding and, of a whole clip, the features for a baseline."""
    embeddings, features, seconds = zip(*vectors, strict=True)
    embedding = np.average(embeddings, axis=0, weights=seconds)
    clip.keep(key, embedding / np.linalg.norm(embedding))
    if key == EMBEDDING_KEY:
        clip.keep(FEATURES_KEY, np.average(features, axis=0, weights=seconds))


def _measurements(
    segment: SpeechSegment, speaker: SpeakerNorms | None
) -> dict[str, Measurement]:
    values = measure(segment.voice.contours, segment.speech)
    neutral_pitch = float(
        np.mean([reading.neutral_pitch for reading in segment.readings])
    )
    reference = onnx.load(HEAD).contract["reference"]
    return compare_with_reference(values, reference, neutral_pitch, speaker)


def _summary(
    segment: SpeechSegment,
    measurements: dict[str, Measurement],
    speaker: SpeakerNorms | None,
    key: str,
) -> Evidence:
    probabilities = mean_distribution((r.distribution, 1.0) for r in segment.readings)
    valence, arousal = valence_arousal(probabilities)
    first = top_emotion(probabilities)
    second = top_emotion({**probabilities, first: -1.0})
    spoken = Measurement(value=round(segment.seconds, 2), unit="s")
    return Evidence(
        span=segment.span,
        observation=f"Speaks for {segment.seconds:.1f} s; the voice sounds most "
        f"{_adjective(first)} ({probabilities[first]:.2f}), then {_adjective(second)} "
        f"({probabilities[second]:.2f}).",
        measurements={"speech": spoken, **measurements},
        distribution=probabilities,
        valence=valence,
        arousal=arousal,
        quality=estimate_quality(probabilities[first], segment.seconds),
        timeline=_timeline(segment, speaker),
        embedding=key,
        provenance=_provenance(HEAD),
    )


def _burst_evidence(
    sounds: EncodedVoice, start: float, bursts: Sequence[SoundFrames]
) -> Iterator[Evidence]:
    """One piece for each vocal burst."""
    sounding = sounding_frames(sounds.contours.level)
    for burst in bursts:
        frames = np.zeros_like(sounding)
        frames[burst.first : burst.last] = sounding[burst.first : burst.last]
        reading = classify_burst(sounds.restricted_to(frames).burst_features())
        valence, arousal = valence_arousal(reading.distribution)
        span = burst.span(start)
        yield Evidence(
            span=span,
            observation=describe_burst(reading, span),
            distribution=reading.distribution,
            valence=valence,
            arousal=arousal,
            quality=burst.probability * reading.quality,
            timeline=(Moment(span=span, distribution=reading.distribution),),
            provenance=_provenance(BURSTS),
        )


def _timeline(
    segment: SpeechSegment, speaker: SpeakerNorms | None
) -> tuple[Moment, ...]:
    """One moment for each second with speech, classified with a second around it."""
    half = (_MOMENT_SECONDS - 1.0) / 2.0
    spans: list[Span] = []
    features: list[Array] = []
    for second in np.arange(segment.span.start, segment.span.end, 1.0):
        span = Span(start=second, end=min(second + 1.0, segment.span.end))
        if (span.seconds < 0.5 and spans) or not any(map(span.overlap, segment.speech)):
            continue
        first = int(max(span.start - half - segment.start, 0.0) / FRAME_SECONDS)
        last = int((span.end + half - segment.start) / FRAME_SECONDS)
        features.append(segment.voice.features(first, min(last, segment.voice.frames)))
        spans.append(span)
    readings = classify_voice(np.array(features), speaker)
    return tuple(
        Moment(span=span, distribution=reading.distribution)
        for span, reading in zip(spans, readings, strict=True)
    )


def _facts(
    segment: SpeechSegment, measurements: dict[str, Measurement], quality: float
) -> list[Evidence]:
    facts = describe_voice(segment.voice, segment.start, segment.speech, measurements)
    return [
        Evidence(
            span=fact.span,
            observation=fact.observation,
            measurements=dict(fact.measurements),
            quality=quality,
            provenance=_provenance(ENCODER),
        )
        for fact in facts
    ]


def _adjective(emotion: str) -> str:
    words = {"fear": "afraid", "disgust": "disgusted", "surprise": "surprised"}
    return words.get(emotion, emotion)


def _provenance(name: str) -> Provenance:
    network = onnx.load(name)
    return Provenance(model=network.name, sha256=network.sha256)
