"""Inputs of a hub classifier: frames, stretches of speech or passages of a clip."""

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

_FRAMES_PER_SECOND = 2.0
# Margin of a face crop, as a share of the face's box.
_FACE_MARGIN = 0.15
_MAX_SECONDS = 8.0
_MIN_SECONDS = 0.5
_MAX_CHARACTERS = 1500


def needed_weights(task: str, clip: Clip) -> tuple[str, ...]:
    """Names in the weights manifest that preparing these inputs needs."""
    if task == "image-classification":
        return (DETECTOR,)
    return recogniser_weights(clip) if task == "text-classification" else ()


def classifier_inputs(
    task: str, modality: str, clip: Clip, span: Span
) -> Iterator[tuple[Span, Any]]:
    """Inputs of the task's pipeline, each with its span: images, speech or text."""
    if task == "image-classification":
        return _images(clip, span, faces=modality == "face")
    if task == "audio-classification":
        return _speech(clip, span)
    return _passages(clip, span)


def _images(clip: Clip, span: Span, *, faces: bool) -> Iterator[tuple[Span, Any]]:
    from PIL import Image

    for frame in clip.frames(span, rate=_FRAMES_PER_SECOND):
        image = _crop_largest_face(frame.image) if faces else frame.image
        if image is not None:
            end = min(frame.time + 1 / _FRAMES_PER_SECOND, clip.span.end)
            moment = Span(start=frame.time, end=max(frame.time, end))
            yield moment, Image.fromarray(image)


def _crop_largest_face(image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    faces = detect(image)
    if not faces:
        return None
    left, top, right, bottom = max(faces, key=lambda face: face.size).box
    dx, dy = _FACE_MARGIN * (right - left), _FACE_MARGIN * (bottom - top)
    rows = slice(max(0, round(top - dy)), round(bottom + dy))
    columns = slice(max(0, round(left - dx)), round(right + dx))
    face = image[rows, columns]
    return np.ascontiguousarray(face) if face.size else None


def _speech(clip: Clip, span: Span) -> Iterator[tuple[Span, Any]]:
    speech = speech_spans(clip, span)
    if not speech:
        raise SenseError("no speech found in the sound")
    start, end = speech[0].start, speech[-1].end
    while end - start > _MIN_SECONDS:
        part = Span(start=start, end=min(end, start + _MAX_SECONDS))
        start = part.end
        if speech_spans(clip, part):
            yield part, {"raw": clip.audio(part), "sampling_rate": SAMPLING_RATE}


def _passages(clip: Clip, span: Span) -> Iterator[tuple[Span, Any]]:
    for passage in read_passages(clip, span):
        passage_span = passage.span if clip.span.seconds > 0 else span
        yield passage_span, passage.text[:_MAX_CHARACTERS]
