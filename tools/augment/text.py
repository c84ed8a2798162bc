"""Whether other words still say the same: how alike in meaning, how far in wording.

The harmonic mean of both is high only where a text was put into other words. The
embedding is the transcript sense's, which hears what is meant through what is felt.
"""

import re
from collections.abc import Sequence

from pydantic import Field

from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Fraction, Frozen
from affectgraph.tools.transcript.emotion import classify

# Of 2,000 pairs of unrelated lines of dialogue (MELD dev) 90% lie below 0.74; ten
# paraphrases written by hand lie at 0.77 to 0.94.
PARAPHRASED = 0.75

# A tenth of what speakers really say next (MELD dev, 158 pairs) lies below. So does a
# ninth of lines put there at random: that it fits is for the judge to say.
CONTINUED = 0.37

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Likeness(Frozen):
    """How a text compares with the text that it was made of.

    Attributes:
        meaning: Cosine of their embeddings, none below 0.
        change: Words inserted, left out and replaced, as a share of the longer text:
            the strength of the perturbation.
        score: The harmonic mean of both.
        kept: It is right: the same in other words.
        reason: Why.
    """

    meaning: Fraction
    change: Fraction
    score: Fraction
    kept: bool
    reason: str = Field(min_length=1)


def likeness(before: str, after: str, least: float = PARAPHRASED) -> Likeness:
    """Compare a text with what it was made of.

    Args:
        before: The text as it was.
        after: What was made of it.
        least: The harmonic mean that is asked for.

    Raises:
        SettingError: If either has no words.
        WeightsError: If the network that reads words is missing.
    """
    words = [_WORD.findall(text.lower()) for text in (before, after)]
    if not all(words):
        raise SettingError("a text to compare has no words in it; give it some")
    one, other = classify([before, after])
    meaning = min(1.0, max(0.0, float(one.embedding @ other.embedding)))
    change = edit_distance(*words) / max(map(len, words))
    score = 2 * meaning * change / (meaning + change) if meaning + change else 0.0
    return Likeness(
        meaning=meaning,
        change=change,
        score=score,
        kept=score >= least,
        reason=f"meaning {meaning:.2f}, change {change:.2f}: {score:.2f} of {least}",
    )


def edit_distance(before: Sequence[str], after: Sequence[str]) -> int:
    """Fewest words to insert, leave out or replace (Levenshtein 1966).

    Examples:
        >>> edit_distance("leave me alone".split(), "just leave me".split())
        2
    """
    row = list(range(len(after) + 1))
    for place, word in enumerate(before, 1):
        above, row = row, [place]
        for column, other in enumerate(after, 1):
            swapped = above[column - 1] + (word != other)
            row.append(min(above[column] + 1, row[-1] + 1, swapped))
    return row[-1]
