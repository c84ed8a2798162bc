"""Validation of what a sense returns, so that a faulty plug-in cannot harm a run."""

from collections.abc import Iterator
from itertools import islice
from math import ceil

import numpy as np
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import BrokenSenseError, one_line
from affectgraph.tools.evidence import Evidence, Span

# Limits of one call: pieces of evidence, plus one a second of the span and one for each
# so many characters of the clip's text; and characters of evidence, per piece allowed.
_MAX_PIECES = 100
_TEXT_PER_PIECE = 100
_MAX_CHARACTERS_PER_PIECE = 10_000

# Containers round their times, so spans may exceed the end of the clip by so much.
_SLACK_SECONDS = 0.1


def validate_evidence(returned: object, clip: Clip, span: Span) -> list[Evidence]:
    """Validate the return value of a sense.

    Raises:
        BrokenSenseError: If the value breaks the contract; the message says how.
    """
    if not isinstance(returned, list | tuple | Iterator):
        raise BrokenSenseError(
            f"returned {_type_name(returned)}, not a list of Evidence"
        )
    max_pieces = (
        _MAX_PIECES + ceil(span.seconds) + len(clip.text or "") // _TEXT_PER_PIECE
    )
    pieces = list(islice(returned, max_pieces + 1))
    if len(pieces) > max_pieces:
        raise BrokenSenseError(f"returned more than {max_pieces} pieces of evidence")
    max_characters = max_pieces * _MAX_CHARACTERS_PER_PIECE
    characters = 0
    valid = []
    for piece in pieces:
        text = _to_json(piece)
        characters += len(text)
        if characters > max_characters:
            raise BrokenSenseError(
                f"returned evidence of more than {max_characters:,} characters"
            )
        valid.append(_from_json(text))
        _check_spans(valid[-1], clip)
        _check_embedding(valid[-1], clip)
    return valid


def _to_json(piece: object) -> str:
    if not isinstance(piece, Evidence):
        raise BrokenSenseError(f"returned {_type_name(piece)} among the evidence")
    try:
        return piece.model_dump_json(warnings="error")
    except PydanticSerializationError as error:
        raise BrokenSenseError(f"returned wrong types: {one_line(error)}") from error


def _from_json(text: str) -> Evidence:
    """Evidence with plain, validated values only."""
    try:
        return Evidence.model_validate_json(text)
    except ValidationError as error:
        raise BrokenSenseError(f"returned wrong evidence: {one_line(error)}") from error


def _check_spans(piece: Evidence, clip: Clip) -> None:
    latest = clip.span.end + _SLACK_SECONDS
    for span in (piece.span, *(moment.span for moment in piece.timeline)):
        if span.end > latest:
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
            f"names a vector that was not stored: {piece.embedding!r}; use clip.keep"
        ) from None
    if not piece.provenance.sha256:
        raise BrokenSenseError(
            f"stored {piece.embedding!r} without Provenance(sha256=...) of its model, "
            "which says what other vectors it can be compared with"
        )
    if vector.ndim != 1 or not np.isfinite(vector).all() or not vector.any():
        raise BrokenSenseError(
            f"stored {piece.embedding!r}, which is not one finite, non-zero vector"
        )


def _type_name(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
