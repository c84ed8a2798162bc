"""The sense `face`: what the main face of a clip shows, and when."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import (
    Distribution,
    distribution,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Measurement, Moment, Provenance, Span
from affectgraph.tools.face import baseline, box_track, window
from affectgraph.tools.face.detection import CLOSE_SIDE, DETECTOR, QUICK_SIDE
from affectgraph.tools.face.expression import EXPRESSION, WEIGHTS, Array
from affectgraph.tools.face.facts import Fact, facts
from affectgraph.tools.face.measurements import measurements
from affectgraph.tools.face.quality import quality
from affectgraph.tools.face.track import (
    Look,
    Track,
    viewing_conditions,
    window_statistics,
)
from affectgraph.tools.face.tracking import Tracker, follow
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.weights import onnx

RATE = 5.0
FINE_RATE = 15.0

# Clips longer than this many seconds are summed up in segments of at most as many.
SEGMENT = 30.0

_FACTS = 6


@perception_tool(
    modality="face",
    prefix="F",
    needs="video",
    weights=(DETECTOR, *WEIGHTS),
    seconds=300,
)
def face(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
    """Perceive the most prominent face of a span.

    Where a `FaceBaseline` is attached to the clip, the face is compared with how that
    person looks on average, and its quality is higher.

    Args:
        clip: With moving pictures or one picture.
        span: The seconds to look at.
        fine: Look at three times as many frames, twice as large.

    Returns:
        One summary (one a segment for a long span) with distribution and timeline,
        then readable facts, the strongest first.

    Raises:
        SenseError: If no face is found.
    """
    close = fine or clip.still
    rate = FINE_RATE if fine else RATE
    side = CLOSE_SIDE if close else QUICK_SIDE
    summaries: list[Evidence] = []
    stated: list[tuple[float, Evidence]] = []
    features: list[Array] = []
    boxes: list[tuple[float, ...]] = []
    for part, tracker in _segments(clip, span, rate, side):
        tracks = tracker.tracks()
        if tracks:
            looks = tracks[0].looks
            boxes += box_track.rows(looks)
            features.append(window_statistics(looks))
            summaries.append(_summary(clip, part, tracker, tracks))
            stated += [(f.strength, _stated(f, looks)) for f in facts(looks)]
    if not summaries:
        raise SenseError("no face found; show one that is larger, lit and turned here")
    if not fine:
        box_track.store(clip, span, boxes)
    if span == clip.span and not clip.still:
        clip.keep(baseline.FEATURES, np.mean(features, axis=0))
    strongest = sorted(stated, key=lambda pair: -pair[0])[:_FACTS]
    return summaries + [evidence for _, evidence in strongest]


def _segments(
    clip: Clip, span: Span, rate: float, side: int
) -> Iterator[tuple[Span, Tracker]]:
    count = max(1, int(np.ceil(span.seconds / SEGMENT)))
    length = span.seconds / count

    def part_of(time: float) -> int:
        return (
            min(count - 1, int(max(0.0, time - span.start) / length)) if length else 0
        )

    frames = clip.frames(span, rate=rate)
    for part, group in groupby(frames, key=lambda frame: part_of(frame.time)):
        start = span.start + part * length
        yield (
            Span(start=start, end=start + length),
            follow(group, side=side, still=clip.still),
        )


def _summary(clip: Clip, span: Span, tracker: Tracker, tracks: list[Track]) -> Evidence:
    subject = tracks[0]
    looks = subject.looks
    reading = window.read(
        baseline.attached(clip).applied(window_statistics(looks)[None])
    )
    likely = distribution(reading.probabilities[0].tolist())
    valence, arousal = valence_arousal(likely)
    key = f"embedding/face/{span.start:.2f}-{span.end:.2f}"
    coverage = len(looks) / len(tracker.times)
    return Evidence(
        span=span,
        observation=_observation(clip, tracker, tracks, likely),
        measurements=measurements(clip, tracks, coverage)
        | {"contempt": Measurement(value=round(float(reading.contempt[0]), 3))},
        distribution=likely,
        valence=valence,
        arousal=arousal,
        quality=_quality(clip, looks, reading) * min(1.0, coverage) ** 0.5,
        timeline=_timeline(clip, span, looks),
        embedding=clip.keep(key, subject.embedding),
        provenance=_provenance(EXPRESSION),
    )


def _quality(clip: Clip, looks: list[Look], reading: window.WindowReading) -> float:
    known = baseline.attached(clip).known
    return quality(reading, 0, viewing_conditions(looks, known))


def _timeline(clip: Clip, span: Span, looks: list[Look]) -> tuple[Moment, ...]:
    """What each second would be read as alone."""
    seconds = [
        (second, list(group))
        for second, group in groupby(looks, key=lambda look: int(look.time))
    ]
    windows = np.stack([window_statistics(part) for _, part in seconds])
    reading = window.read(baseline.attached(clip).applied(windows))
    return tuple(
        Moment(
            span=Span(
                start=max(float(second), span.start),
                end=max(span.start, min(float(second + 1), span.end)),
            ),
            distribution=distribution(likely.tolist()),
        )
        for (second, _), likely in zip(seconds, reading.probabilities, strict=True)
    )


def _observation(
    clip: Clip, tracker: Tracker, tracks: list[Track], likely: Distribution
) -> str:
    looks = tracks[0].looks
    emotion = top_emotion(likely)
    opening = "A face is seen"
    if not clip.still:
        peak = max(looks, key=lambda look: look.logits.max())
        opening = (
            f"A face is seen in {len(looks)} of {len(tracker.times)} frames, "
            f"clearest at {peak.time:.1f} s"
        )
    size = np.median([look.view.size for look in looks])
    sentence = (
        f"{opening}, {size:.0f} px large; its expression is nearest to {emotion} "
        f"({likely[emotion]:.2f})."
    )
    if len(tracks) == 1:
        return sentence
    middle = float(np.mean([look.face.box[[0, 2]].mean() for look in looks]))
    sentence = (
        f"{sentence} It is the most prominent of {len(tracks)} faces by size, time "
        f"and moving mouth, at {middle:.0f} px from the left."
    )
    cuts = [track.looks[0].time for track in tracks if track.after_cut]
    if not cuts:
        return sentence
    return f"{sentence} The first cut to another face is at {min(cuts):.1f} s."


def _stated(fact: Fact, looks: list[Look]) -> Evidence:
    return Evidence(
        span=fact.span,
        observation=fact.sentence,
        measurements=fact.measurements,
        quality=float(np.mean([look.right for look in looks])),
        provenance=_provenance(fact.model),
    )


def _provenance(model: str) -> Provenance:
    return Provenance(model=model, sha256=onnx.load(model).sha256)
