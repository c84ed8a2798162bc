"""Memory as an expert: recalled cases add a term to the pool, as far as it is trusted.

The term of emotion e is trust times the similarity of the nearest case of e in the
affect space. With trust 0 cases do not move the answer. Nor do they move the answer of
a single sense, which is calibrated already.
"""

from collections.abc import Sequence

from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict.parameters import decision_parameters
from affectgraph.graphs.verdict.pooling import MEMORY, with_terms
from affectgraph.memory import AFFECT, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS


def apply_memory_prior(fused: Fused, cases: Sequence[Recalled]) -> Fused:
    """The fused answer, moved by the cases as far as they are trusted."""
    similarity = nearest_similarity(cases)
    trust = decision_parameters().memory.value
    if not trust or not similarity or len(fused.by_modality) < 2:
        return fused
    term = {emotion: trust * value for emotion, value in similarity.items()}
    return with_terms(fused, {MEMORY: term})


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
