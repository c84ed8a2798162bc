"""Whether a perturbed sample keeps its label, as a sense perceives it."""

from pydantic import Field

from affectgraph.tools.emotions import Distribution, top_emotion
from affectgraph.tools.evidence import Fraction, Frozen

# Smallest share of its former probability that a kept label still has.
_MIN_SHARE = 0.5


class LabelCheck(Frozen):
    """The probability of a label before and after a perturbation.

    Attributes:
        label: The label of the sample.
        before: Its probability before.
        after: Its probability after.
        kept: Whether the perturbation preserves the label.
        reason: The reason for `kept`.
    """

    label: str
    before: Fraction
    after: Fraction
    kept: bool
    reason: str = Field(min_length=1)


def check_label(label: str, before: Distribution, after: Distribution) -> LabelCheck:
    """Check a label by a sense's distributions before and after a perturbation.

    A sense that did not perceive the label before cannot tell whether it is preserved;
    then its top emotion must stay the same, or become the label.

    Args:
        label: One of the basic emotions.
        before: Distribution of the original sample.
        after: Distribution of the perturbed sample.
    """
    first, last = top_emotion(before), top_emotion(after)
    if first != label:
        kept = last in (label, first)
        reason = f"the sense perceived {first} before, {last} after"
    else:
        kept = last == label and after[label] >= _MIN_SHARE * before[label]
        reason = (
            f"{label} went from {before[label]:.2f} to {after[label]:.2f}; "
            f"most probable is {last}"
        )
    return LabelCheck(
        label=label, before=before[label], after=after[label], kept=kept, reason=reason
    )
