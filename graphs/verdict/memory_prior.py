"""Memory prior: recalled cases move the fused answer, behind a learned gate.

log p(e) becomes h log p(e) + g s(e), where s(e) is the similarity of the nearest case
of emotion e in the affect space; g and h were learned together with the pool. With
g = 0 the gate is shut: cases did not improve the answer. A single sense is calibrated
already, so cases do not move it.
"""

from collections.abc import Sequence
from math import exp, log

from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict.pooling import FLOOR, pool_parameters
from affectgraph.memory import AFFECT, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, valence_arousal


def apply_memory_prior(fused: Fused, cases: Sequence[Recalled]) -> Fused:
    """The fused answer, moved by the cases as far as the gate allows."""
    similarity = nearest_similarity(cases)
    gate = pool_parameters().gate
    if not gate.cases or not similarity or len(fused.by_modality) < 2:
        return fused
    scores = {
        emotion: gate.senses * log(max(share, FLOOR**2))
        + gate.cases * similarity[emotion]
        for emotion, share in fused.distribution.items()
    }
    moved = distribution({emotion: exp(score) for emotion, score in scores.items()})
    valence, arousal = valence_arousal(moved)
    return fused.model_copy(
        update={"distribution": moved, "valence": valence, "arousal": arousal}
    )


def nearest_similarity(cases: Sequence[Recalled]) -> dict[str, float]:
    """Similarity of the nearest case of each emotion in the affect space.

    Returns:
        By emotion; empty without cases. An emotion without a case gets the lowest
        similarity of the others.
    """
    affect_cases = [recalled for recalled in cases if AFFECT in recalled.modalities]
    nearest: dict[str, float] = {}
    for recalled in affect_cases:
        label = recalled.case.label
        nearest[label] = max(recalled.similarity, nearest.get(label, 0.0))
    if not nearest:
        return {}
    lowest = min(nearest.values())
    return {emotion: nearest.get(emotion, lowest) for emotion in BASIC_EMOTIONS}
