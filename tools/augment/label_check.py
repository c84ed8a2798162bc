"""Whether a perturbed sample keeps its label: a sense judges it, none made it."""

from pydantic import Field

from affectgraph.tools.emotions import Distribution, top_emotion
from affectgraph.tools.evidence import Fraction, Frozen

# What a label may lose of its probability, beside what it had before.
_LEAST_SHARE = 0.5


class LabelCheck(Frozen):
    """What a sense makes of a sample before and after it was perturbed.

    Attributes:
        label: The label that has to be kept.
        before: Its probability in the sample as it was.
        after: Its probability in the perturbed one.
        kept: It is still the favourite, or as good as before.
        reason: Why.
    """

    label: str
    before: Fraction
    after: Fraction
    kept: bool
    reason: str = Field(min_length=1)


def check_label(label: str, before: Distribution, after: Distribution) -> LabelCheck:
    """Judge by what a sense says of a sample before and after.

    A sense that never saw the label in the sample cannot tell whether it is still
    there: then the label counts as kept only if the sense says the same as before.

    Args:
        label: One of the basic emotions.
        before: The sense's distribution for the sample.
        after: Its distribution for the perturbed sample.
    """
    had, has = before[label], after[label]
    if top_emotion(before) != label:
        kept = top_emotion(after) in (label, top_emotion(before))
        reason = (
            f"the sense heard {top_emotion(before)} before, {top_emotion(after)} after"
        )
    else:
        kept = top_emotion(after) == label and has >= _LEAST_SHARE * had
        reason = (
            f"{label} went from {had:.2f} to {has:.2f}, favourite {top_emotion(after)}"
        )
    return LabelCheck(label=label, before=had, after=has, kept=kept, reason=reason)
