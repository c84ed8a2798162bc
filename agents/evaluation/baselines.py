"""What answers come to that look at no clip: the least that any other has to beat."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from affectgraph.agents.evaluation.manifest import ManifestRow
from affectgraph.agents.evaluation.metrics import Answers, Figures, compute_figures
from affectgraph.tools.emotions import BASIC_EMOTIONS

CHANCE = "chance"
MAJORITY = "majority"


def baselines(rows: Sequence[ManifestRow]) -> dict[str, Figures]:
    """Figures of drawing a label blindly, and of always giving the commonest one."""
    classes = len(BASIC_EMOTIONS)
    commonest, count = Counter(row.label for row in rows).most_common(1)[0]
    always = [BASIC_EMOTIONS.index(commonest)] * len(rows)
    # Every label once for every clip: what drawing comes to on average, exactly.
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
    return Answers(
        truth=np.array([BASIC_EMOTIONS.index(row.label) for row in rows]),
        answer=np.array(answer),
        confidence=np.full(len(rows), confidence),
        abstained=np.zeros(len(rows), dtype=bool),
        groups=[row.group for row in rows],
        quality=np.full(len(rows), np.nan),
    )
