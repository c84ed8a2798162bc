"""What a sense may return: the rules that keep a plug-in from harming a run."""

from collections.abc import Iterator
from itertools import islice
from math import ceil

import numpy as np
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import BrokenSenseError, one_line
from affectgraph.tools.evidence import Evidence, Span

# A look may return so many pieces, one more a second, and one more for each so many
# characters of the clip's text; each of so many characters on average.
_PIECES = 100
_TEXT_A_PIECE = 100
_CHARACTERS = 10_000

# Containers round their times: a span may pass the end of the clip by so much.
_SLACK_SECONDS = 0.1


def validate_evidence(found: object, clip: Clip, span: Span) -> list[Evidence]:
    """What a sense returned, as evidence that may enter a run.

    Args:
        found: A list, a tuple or an iterator of evidence, if the sense is sound.
        clip: What it looked at.
        span: The seconds of it.

    Raises:
        BrokenSenseError: If it is anything else; says what is wrong with it.
    """
    if not isinstance(found, list | tuple | Iterator):
        raise BrokenSenseError(f"returned {_named(found)}, not a list of Evidence")
    most = _PIECES + ceil(span.seconds) + len(clip.text or "") // _TEXT_A_PIECE
    pieces = list(islice(found, most + 1))
    if len(pieces) > most:
        raise BrokenSenseError(f"returned more than {most} pieces of evidence")
    room = most * _CHARACTERS
    sound = []
    for piece in pieces:
        text = _written(piece)
        room -= len(text)
        if room < 0:
            raise BrokenSenseError(
                f"returned evidence of more than {most * _CHARACTERS:,} characters"
            )
        sound.append(_read(text))
        _check_spans(sound[-1], clip)
        _check_embedding(sound[-1], clip)
    return sound


def _written(piece: object) -> str:
    if not isinstance(piece, Evidence):
        raise BrokenSenseError(f"returned {_named(piece)} among the evidence")
    try:
        return piece.model_dump_json(warnings="error")
    except PydanticSerializationError as error:
        raise BrokenSenseError(f"returned wrong types: {one_line(error)}") from error


def _read(text: str) -> Evidence:
    """Evidence from its JSON: plain values only, each of them checked."""
    try:
        return Evidence.model_validate_json(text)
    except ValidationError as error:
        raise BrokenSenseError(f"returned wrong evidence: {one_line(error)}") from error


def _check_spans(piece: Evidence, clip: Clip) -> None:
    last = clip.span.end + _SLACK_SECONDS
    for span in (piece.span, *(moment.span for moment in piece.timeline)):
        if span.end > last:
            raise BrokenSenseError(
                f"returned the span {span} of a clip that lasts {clip.span.end:.1f} s"
            )


def _check_embedding(piece: Evidence, clip: Clip) -> None:
    if piece.embedding is None:
        return
    try:
        vector = clip.kept(piece.embedding)
    except KeyError:
        raise BrokenSenseError(
            f"names a vector that was not kept: {piece.embedding!r}; use clip.keep"
        ) from None
    if not piece.provenance.sha256:
        raise BrokenSenseError(
            f"kept {piece.embedding!r} without Provenance(sha256=...) of its model: "
            "vectors of other models must not be compared with it"
        )
    if vector.ndim != 1 or not np.isfinite(vector).all() or not vector.any():
        raise BrokenSenseError(
            f"kept {piece.embedding!r}, which is not one finite, non-zero vector"
        )


def _named(thing: object) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
