"""The learned numbers of the decision: `decision.json`; `decision.md` is their card.

`affectgraph train decision` writes the file.
"""

from functools import cache
from pathlib import Path

from pydantic import Field

from affectgraph.graphs.schema import MeasuredTrust
from affectgraph.tools.evidence import Fraction, Frozen

# Thresholds for situations that training did not cover, such as a plug-in's modality.
ANY_SITUATION = "any"


class SenseParameters(Frozen):
    """How far a sense is believed.

    Attributes:
        temperature: Makes its votes as sure as they were right on corpora that its
            network did not learn from (Guo et al. 2017, "On calibration of modern
            neural networks", ICML).
        trust: Its mean weight in the pool of senses.
        by_emotion: Relative weight of what it says about each emotion; their mean is 1.
    """

    temperature: float = Field(default=1.0, gt=0)
    trust: MeasuredTrust
    by_emotion: dict[str, float] = Field(default_factory=dict)


class DecisionParameters(Frozen):
    """The numbers of `decision.json`.

    Attributes:
        senses: By modality.
        other: Trust in a sense that was never measured, such as a plug-in's.
        seed: Trust in the cases that ship; 0 keeps them from moving the answer.
        confidence: Weight of each of `calibration.confidence_features`, and `constant`.
        thresholds: Situation to coverage to the minimum probability in a set.
        least_confidence: Below it the decision abstains.
        novelty_limit: A vote about something more novel counts half.
    """

    senses: dict[str, SenseParameters]
    other: MeasuredTrust
    seed: MeasuredTrust
    confidence: dict[str, float]
    thresholds: dict[str, dict[str, float]]
    least_confidence: Fraction
    novelty_limit: Fraction = 1.0

    def sense(self, modality: str) -> SenseParameters:
        """The parameters of a modality; those of an unmeasured sense by default."""
        return self.senses.get(modality) or SenseParameters(trust=self.other)


@cache
def decision_parameters() -> DecisionParameters:
    """The parameters that ship with the package."""
    file = Path(__file__).parent / "decision.json"
    return DecisionParameters.model_validate_json(file.read_text())
