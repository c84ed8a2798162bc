"""Baselines that look at no clip: chance, and the most frequent label."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from affectgraph.agents.evaluation.figures import Answers, Figures, compute_figures
from affectgraph.agents.evaluation.manifest import ManifestRow
from affectgraph.tools.emotions import BASIC_EMOTIONS

CHANCE = "chance"
MAJORITY = "majority"


def baselines(rows: Sequence[ManifestRow]) -> dict[str, Figures]:
    """Compute figures of a random label, and of always the most frequent one."""
    classes = len(BASIC_EMOTIONS)
    most_frequent, count = Counter(row.label for row in rows).most_common(1)[0]
    always = [BASIC_EMOTIONS.index(most_frequent)] * len(rows)
    # Every label once for every clip: the exact mean of random answers.
    every = list(range(classes)) * len(rows)
    repeated = [row for row in rows for _ in range(classes)]
    drawn = compute_figures(_answers(repeated, every, 1 / classes))
    return {
        CHANCE: drawn.model_copy(update={"n": len(rows)}),
        MAJORITY: compute_figures(_answers(rows, always, count / len(rows))),
    }


def _answers(
    rows: Sequence[ManifestRow], answer: Sequence[int], confidence: float
) -> Answers:
    truth = np.array([BASIC_EMOTIONS.index(row.label) for row in rows])
    rest = (1.0 - confidence) / (len(BASIC_EMOTIONS) - 1)
    return Answers(
        truth=truth,
        answer=np.array(answer),
        confidence=np.full(len(rows), confidence),
        abstained=np.zeros(len(rows), dtype=bool),
        groups=[row.group for row in rows],
        quality=np.full(len(rows), np.nan),
        likelihood=np.where(truth == np.array(answer), confidence, rest),
    )
