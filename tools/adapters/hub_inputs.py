"""What of a clip a classifier is shown, piece by piece, with its time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Span
from affectgraph.tools.face.detection import DETECTOR, detect
from affectgraph.tools.transcript.sense import read_passages, recogniser_weights

NEEDS = {
    "image-classification": "video",
    "audio-classification": "audio",
    "text-classification": "words",
}

_RATE = 2.0
_MARGIN = 0.15
_LONGEST_SECONDS = 8.0
_SHORTEST_SECONDS = 0.5
_LONGEST_CHARACTERS = 1500


def needed_weights(task: str, clip: Clip) -> tuple[str, ...]:
    """Names in the weights manifest that preparing these inputs takes."""
    if task == "image-classification":
        return (DETECTOR,)
    return recogniser_weights(clip) if task == "text-classification" else ()


def classifier_inputs(
    task: str, modality: str, clip: Clip, span: Span
) -> Iterator[tuple[Span, Any]]:
    """Pictures, stretches of speech or passages, as the pipeline of the task takes."""
    if task == "image-classification":
        return _pictures(clip, span, faces=modality == "face")
    if task == "audio-classification":
        return _speech(clip, span)
    return _passages(clip, span)


def _pictures(clip: Clip, span: Span, *, faces: bool) -> Iterator[tuple[Span, Any]]:
    from PIL import Image

    for frame in clip.frames(span, rate=_RATE):
        shown = _largest_face(frame.image) if faces else frame.image
        if shown is not None:
            end = min(frame.time + 1 / _RATE, clip.span.end)
            moment = Span(start=frame.time, end=max(frame.time, end))
            yield moment, Image.fromarray(shown)


def _largest_face(image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    found = detect(image)
    if not found:
        return None
    left, top, right, bottom = max(found, key=lambda face: face.size).box
    wide, high = _MARGIN * (right - left), _MARGIN * (bottom - top)
    rows = slice(max(0, round(top - high)), round(bottom + high))
    columns = slice(max(0, round(left - wide)), round(right + wide))
    face = image[rows, columns]
    return np.ascontiguousarray(face) if face.size else None


def _speech(clip: Clip, span: Span) -> Iterator[tuple[Span, Any]]:
    spoken = speech_spans(clip, span)
    if not spoken:
        raise SenseError("no speech found in the sound")
    start, last = spoken[0].start, spoken[-1].end
    while last - start > _SHORTEST_SECONDS:
        part = Span(start=start, end=min(last, start + _LONGEST_SECONDS))
        start = part.end
        if speech_spans(clip, part):
            signal = clip.audio(part)
            yield part, {"raw": signal, "sampling_rate": SAMPLING_RATE}


def _passages(clip: Clip, span: Span) -> Iterator[tuple[Span, Any]]:
    for passage in read_passages(clip, span):
        within = passage.span if clip.span.seconds > 0 else span
        yield within, passage.text[:_LONGEST_CHARACTERS]
