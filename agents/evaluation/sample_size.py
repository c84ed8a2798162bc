"""Warnings about figures that rest on too few clips."""

import math
from collections import Counter

from affectgraph.agents.evaluation.figures import Answers
from affectgraph.tools.emotions import BASIC_EMOTIONS

# With a wider interval, accuracy cannot tell a good system from a bad one; with fewer
# clips of a class, one clip moves its recall by more than ten points.
MAX_WIDTH = 0.2
MIN_PER_CLASS = 10
_Z = 1.96


def sample_size_warnings(answers: Answers) -> list[str]:
    """Say which figures of these answers are unreliable, one line each.

    Clips that are resampled together, such as those of one speaker, count once, since
    they are not independent.
    """
    lines = []
    groups, n = len({*answers.groups}), len(answers.truth)
    units = groups if groups > 1 else n
    low, high = wilson(float((answers.truth == answers.answer).mean()), units)
    if high - low > MAX_WIDTH:
        of = f" of {units} speakers or dialogues" if units < n else ""
        lines.append(
            f"too few clips to go by: with {n}{of} the accuracy may as well be "
            f"{low:.2f} as {high:.2f}"
        )
    counts = Counter(BASIC_EMOTIONS[label] for label in answers.truth)
    few = {e: counts[e] for e in BASIC_EMOTIONS if 0 < counts[e] < MIN_PER_CLASS}
    if few:
        counted = ", ".join(f"{emotion} {count}" for emotion, count in few.items())
        lines.append(
            f"too few clips to tell of a class alone, under {MIN_PER_CLASS}: {counted}"
        )
    return lines


def wilson(share: float, n: int) -> tuple[float, float]:
    """95% interval of a share of n; its width is above zero even if all are right.

    Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Example:
        >>> low, high = wilson(1.0, 5)
        >>> round(low, 2), high
        (0.57, 1.0)
    """
    z2 = _Z**2 / n
    middle = (share + z2 / 2) / (1 + z2)
    half = _Z / (1 + z2) * math.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)
