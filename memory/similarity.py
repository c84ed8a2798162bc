"""How similar clips are, and which are copies of each other."""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory.case import Array, Space, Vectors
from affectgraph.memory.representation import AFFECT
from affectgraph.tools.evidence import Evidence

Floats = NDArray[np.float64]
Similar = TypeVar("Similar", float, Floats)

# Two clips whose cosine is higher in every space they share are the same clip. The
# affect space alone needs a higher one: many clips feel nearly the same.
DUPLICATE_COSINE = 0.999
DUPLICATE_AFFECT_COSINE = 0.9999
# A re-encoded clip looks and sounds slightly different: it is the same clip if at least
# two senses agree. Two takes of one actor with the same words reach 0.96 by voice.
_COPY_COSINES = {"face": 0.97, "prosody": 0.95, "transcript": 0.97}
# A clip is nearly the same as another if every sense perceives nearly the same, and
# lines have the same words, too. `tests/benchmarks/near_copies.py` measures these.
NEAR_COPY_COSINES = {"face": 0.99, "prosody": 0.93, "transcript": 0.85}
_NEAR_COPY_WORDING = 0.7

# Words are compared by a vector of their own. It serves near copies alone.
WORDING = Space(modality="wording")
_WORDING_SIZE = 256
_QUOTED = re.compile(r'"([^"]*)"')

# How much more similar the nearest of e times as many unrelated cases is.
_CHANCE = 0.06


def wording(evidence: Sequence[Evidence]) -> Vectors:
    """The vector of the words that the transcript quotes, float32 [256], by its space.

    It counts words by a hash, long ones more; the words cannot be read from it, but
    whether it fits given words can be tested. Empty without words.
    """
    vector = np.zeros(_WORDING_SIZE, np.float32)
    quotes = (
        quote
        for piece in evidence
        if piece.modality == "transcript" and piece.distribution is not None
        for quote in _QUOTED.findall(piece.observation)
    )
    for word in re.findall(r"\w+", " ".join(quotes).lower()):
        code = zlib.crc32(word.encode())
        vector[code % _WORDING_SIZE] += len(word) * (1 if code >> 31 else -1)
    return {WORDING: vector} if vector.any() else {}


def cosine(a: Array, b: Array) -> float:
    """Cosine of the angle between two vectors [d]."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def above_background(cosines: Floats, background: float) -> Floats:
    """Cosines as similarities in [0, 1]; 0 is that of two unrelated cases.

    In some spaces all cosines are high. Subtracting the background makes spaces
    comparable.
    """
    result: Floats = np.clip((cosines - background) / (1.0 - background), 0.0, 1.0)
    return result


def combine(affect: Similar, senses: Similar) -> Similar:
    """Similarity from that in the affect space and the mean over the senses.

    A case is similar if it feels alike, or if a sense perceives nearly the same, and
    most of all if both hold: a remark heard before counts more than one in the same
    mood.
    """
    return 1.0 - (1.0 - affect) * (1.0 - senses)


def similarity(
    cosines: Mapping[Space, float],
    backgrounds: Mapping[Space, float],
    over_spaces: Callable[[Sequence[float]], float] = fmean,
) -> float:
    """Similarity of two clips from their cosines in every space that they share.

    Args:
        cosines: By space.
        backgrounds: Cosine of two unrelated cases, by space; 0 where unknown.
        over_spaces: What the similarities in the spaces of several senses come to.
    """
    above = {}
    for space, value in cosines.items():
        background = backgrounds.get(space, 0.0)
        # As `above_background`; arrays of one number are slow.
        above[space] = min(max((value - background) / (1.0 - background), 0.0), 1.0)
    affect = [value for space, value in above.items() if space.modality == AFFECT]
    senses = [value for space, value in above.items() if is_of_sense(space)]
    alike, perceived = (over_spaces(group or [0.0]) for group in (affect, senses))
    return combine(alike, perceived)


def surplus(similarity: Floats, cases: Floats) -> Floats:
    """Similarity of the nearest case beyond what it is by chance.

    Args:
        similarity: Of the nearest case with a label.
        cases: Number of cases with that label, of the same shape.
    """
    result: Floats = np.maximum(similarity - _CHANCE * np.log(np.maximum(cases, 1)), 0)
    return result


def is_of_sense(space: Space) -> bool:
    """Whether a space holds what one sense perceives."""
    return space.modality not in (AFFECT, WORDING.modality)


def is_near_copy(
    query: Vectors, vectors: Vectors, cosines: Mapping[Space, float]
) -> bool:
    """Whether a clip is nearly the same as another.

    Every sense that perceived one has perceived the other, and nearly the same. Words
    are compared, too: lines in the same mood are not the same line.

    Args:
        query: Vectors of the clip.
        vectors: Vectors of the other.
        cosines: In every space that they share.
    """
    senses = {s for s in query if is_of_sense(s)}
    if not senses or senses != {s for s in vectors if is_of_sense(s)}:
        return False
    least = (NEAR_COPY_COSINES.get(s.modality, DUPLICATE_COSINE) for s in senses)
    if any(cosines[s] < limit for s, limit in zip(senses, least, strict=True)):
        return False
    if all(space.modality != "transcript" for space in senses):
        return True
    if WORDING not in query or WORDING not in vectors:
        return False
    return cosine(query[WORDING], vectors[WORDING]) >= _NEAR_COPY_WORDING


def copy_cosine(modality: str) -> float:
    """The least cosine of a clip and a re-encoded copy of it, by one sense."""
    return _COPY_COSINES.get(modality, DUPLICATE_COSINE)
