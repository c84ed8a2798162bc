"""What the senses give, and the answer that they add up to."""

from typing import Literal

from pydantic import Field

from affectgraph.tools.emotions import Distribution
from affectgraph.tools.evidence import Fraction, Frozen, Signed


class SenseStatus(Frozen):
    """Status of one sense.

    Attributes:
        state: `present`: it gave evidence; `absent`: the clip has nothing for it, or
            it cannot run; `failed`: it raised an unexpected error.
        reason: Why it is absent or failed.
        seconds: Wall-clock seconds of its run.
    """

    state: Literal["present", "absent", "failed"]
    reason: str = ""
    seconds: float = 0.0


class Conflict(Frozen):
    """Two modalities that disagree.

    Attributes:
        modalities: Their names.
        labels: The most probable label of each.
        amount: Jensen-Shannon distance of their distributions, in [0, 1].
    """

    modalities: tuple[str, str]
    labels: tuple[str, str]
    amount: Fraction


class MeasuredTrust(Frozen):
    """How much an expert counts, as it was measured.

    Attributes:
        value: Its weight in the pool.
        low: Lower end of the 95% interval of the weight.
        high: Upper end.
        n: Number of labelled takes or votes that it was measured on.
        measured_on: What these were; empty if it was never measured.
    """

    value: float = Field(ge=0)
    low: float = Field(default=0.0, ge=0)
    high: float = Field(default=0.0, ge=0)
    n: int = Field(default=0, ge=0)
    measured_on: str = ""


class Contribution(Frozen):
    """What one expert adds to the answer.

    Attributes:
        expert: A modality, `memory` (the user's own cases), `seed` (those that ship) or
            `reasoner`.
        log_odds: For the label against its runner-up; all contributions add up to
            the logarithm of the ratio of their probabilities.
        trust: How much the expert counts.
    """

    expert: str
    log_odds: float
    trust: MeasuredTrust


class Fused(Frozen):
    """The fast answer: arithmetic over the experts, no language model.

    Attributes:
        distribution: Calibrated, over the basic emotions.
        by_modality: Distribution of each modality alone, as the sense gave it.
        terms: Expert to emotion to the log-odds that it adds, up to a constant.
        trust: Trust in experts other than the senses.
        quality: Quality that each modality reports, in [0, 1].
        novel: Modalities whose clip is unlike all that they were measured on.
        conflicts: Pairs of modalities that disagree, strongest first.
        valence: Expected valence in [-1, 1]; None without any vote.
        arousal: Expected arousal in [-1, 1]; None without any vote.
    """

    distribution: Distribution
    by_modality: dict[str, Distribution]
    terms: dict[str, dict[str, float]] = Field(default_factory=dict)
    trust: dict[str, MeasuredTrust] = Field(default_factory=dict)
    quality: dict[str, Fraction]
    novel: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    valence: Signed | None = None
    arousal: Signed | None = None
