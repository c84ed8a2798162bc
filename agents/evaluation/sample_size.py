"""Whether there are enough clips for the figures about them."""

import math
from collections import Counter

from affectgraph.agents.evaluation.metrics import Answers
from affectgraph.tools.emotions import BASIC_EMOTIONS

# Wider, and the accuracy tells a good system from a bad one by chance alone; fewer
# clips of a class, and one of them moves its recall by over ten points.
MAX_WIDTH = 0.2
MIN_PER_CLASS = 10
_Z = 1.96


def sample_size_warnings(answers: Answers) -> list[str]:
    """What the figures of these answers cannot tell, one line each.

    What is resampled together, such as the clips of one speaker, counts once: it is
    no more independent than that.
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
        told = ", ".join(f"{emotion} {count}" for emotion, count in few.items())
        lines.append(
            f"too few clips to tell of a class alone, under {MIN_PER_CLASS}: {told}"
        )
    return lines


def wilson(share: float, n: int) -> tuple[float, float]:
    """95% interval of a share of n, which has a width though all or none are right.

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
