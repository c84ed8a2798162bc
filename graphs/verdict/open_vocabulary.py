"""Open words: the emotions that descriptions among the evidence name."""

from collections import Counter
from collections.abc import Sequence

from affectgraph.graphs.schema import Fused
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.language.emotion_mentions import emotion_words, same_word
from affectgraph.tools.language.vocabulary import to_basic

# A word of a piece that votes has to stand for an emotion this near the leading one.
_ALIVE = 0.5


def named_emotions(
    evidence: Sequence[Evidence], fused: Fused, most: int
) -> tuple[str, ...]:
    """The words that are named most often; among equals the last, which concludes.

    A measurement tells its story in numbers and is not read for words. The words of a
    piece that votes count where the fused answer keeps their emotion alive: the vote
    was weighed, and the words must not undo that.

    Args:
        evidence: All that was perceived.
        fused: The fast answer about it.
        most: How many words at most.

    Returns:
        One form of each word.
    """
    counts: Counter[str] = Counter()
    for piece in evidence:
        if piece.measurements:
            continue
        for word in emotion_words(piece.observation):
            if piece.distribution is None or _alive(word, fused):
                known = next((w for w in counts if same_word(w, word)), word)
                counts[known] += 1
    latest = sorted(reversed(counts), key=lambda word: -counts[word])
    return tuple(latest[:most])


def _alive(word: str, fused: Fused) -> bool:
    shares = fused.distribution
    return shares[to_basic(word) or ""] >= _ALIVE * max(shares.values())
