"""Open-vocabulary words: the emotions that descriptions among the evidence name."""

from collections import Counter
from collections.abc import Sequence

from affectgraph.graphs.schema import Fused
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.language.emotion_mentions import emotion_words, same_word
from affectgraph.tools.language.vocabulary import to_basic

# Words of voting evidence count only for emotions whose probability is at least this
# fraction of the leading one's.
_MIN_RELATIVE_PROBABILITY = 0.5


def most_named_emotions(
    evidence: Sequence[Evidence], fused: Fused, limit: int
) -> tuple[str, ...]:
    """The most frequent emotion words; among equals the last comes first.

    A description ends with its conclusion, hence the preference for later words.
    Evidence with measurements is not read for words. The words of voting evidence
    count only if fusion gives their emotion enough probability: the vote was weighed
    there, and its words must not undo that.

    Args:
        evidence: All evidence.
        fused: The fast answer.
        limit: Maximum number of words.

    Returns:
        One form of each word.
    """
    counts: Counter[str] = Counter()
    for piece in evidence:
        if piece.measurements:
            continue
        for word in emotion_words(piece.observation):
            if piece.distribution is None or _is_probable(word, fused):
                form = next((w for w in counts if same_word(w, word)), word)
                counts[form] += 1
    ranked = sorted(reversed(counts), key=lambda word: -counts[word])
    return tuple(ranked[:limit])


def _is_probable(word: str, fused: Fused) -> bool:
    shares = fused.distribution
    minimum = _MIN_RELATIVE_PROBABILITY * max(shares.values())
    return shares[to_basic(word) or ""] >= minimum
