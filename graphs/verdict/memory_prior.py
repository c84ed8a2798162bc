"""What memory adds to the fused answer: cases as a prior, behind a learned gate.

log p(e) becomes h log p(e) + g s(e), where s(e) is the similarity of the nearest case
of that emotion in the affect space, and g and h were learned on composed takes beside
the pool. With g = 0 the gate is shut: fusion alone was the better answer. A sense that
is alone is taken at its word, as in the pool.
"""

from collections.abc import Sequence
from math import exp, log

from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict.nodes.fuse import FLOOR, pool_parameters
from affectgraph.memory import AFFECT, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, valence_arousal


def apply_memory_prior(fused: Fused, cases: Sequence[Recalled]) -> Fused:
    """The fused answer, moved by the cases as far as the gate lets them."""
    nearest = nearest_similarity(cases)
    gate = pool_parameters().gate
    if not gate.cases or not nearest or len(fused.by_modality) < 2:
        return fused
    moved = distribution(
        {
            emotion: exp(
                gate.senses * log(max(share, FLOOR**2)) + gate.cases * nearest[emotion]
            )
            for emotion, share in fused.distribution.items()
        }
    )
    valence, arousal = valence_arousal(moved)
    return fused.model_copy(
        update={"distribution": moved, "valence": valence, "arousal": arousal}
    )


def nearest_similarity(cases: Sequence[Recalled]) -> dict[str, float]:
    """For each emotion the similarity of its nearest case; empty without any case.

    An emotion of which there is no case is taken to be no nearer than the farthest.
    """
    felt = [one for one in cases if AFFECT in one.modalities]
    found = {
        emotion: max(one.similarity for one in felt if one.case.label == emotion)
        for emotion in {one.case.label for one in felt}
    }
    if not found:
        return {}
    farthest = min(found.values())
    return {emotion: found.get(emotion, farthest) for emotion in BASIC_EMOTIONS}
