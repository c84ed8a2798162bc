"""The check of a hypothesis, kept because it predicts being right.

On takes of corpora left out whole its log-odds tell right from wrong with an AUC of
0.704 (fused probability alone: 0.676, n 9,383). Counting measurements that point to an
emotion (0.621), comparing the nearest cases, and a model's stance on single pieces of
evidence did not, and are gone.
"""

from affectgraph.graphs.schema import Check, CheckResult, Fused, Hypothesis
from affectgraph.graphs.verdict.calibration import leads_with_equal_weights
from affectgraph.graphs.verdict.pooling import equal_pool
from affectgraph.tools.emotions import top_emotion


def equal_weights_check(hypothesis: Hypothesis, fused: Fused) -> Check:
    """Whether the hypothesis would lead if every sense counted the same."""
    label = hypothesis.label
    if len(fused.by_modality) < 2:
        return _check(hypothesis, "inconclusive", "Only one sense votes.")
    if leads_with_equal_weights(fused, label):
        reason = f"It would be {label} if every sense counted the same."
        return _check(hypothesis, "holds", reason)
    other = top_emotion(equal_pool(fused.by_modality))
    reason = f"It would be {other} if every sense counted the same."
    return _check(hypothesis, "fails", reason)


def _check(hypothesis: Hypothesis, result: CheckResult, reason: str) -> Check:
    return Check(
        hypothesis=hypothesis.label, kind="equal weights", result=result, reason=reason
    )
