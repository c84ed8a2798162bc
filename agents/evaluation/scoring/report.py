"""What scoring reports: the official figures, and what they hide."""

from pydantic import Field

from affectgraph.agents.evaluation.metrics import Figure
from affectgraph.agents.evaluation.scoring.rows import Task
from affectgraph.tools.evidence import Frozen


class WheelScore(Frozen):
    """Figures on one wheel.

    Attributes:
        wheel: Its name.
        n_scored: Clips whose gold is on it.
        figures: By name: `f`, `precision`, `recall`, or `hit_rate`.
    """

    wheel: str
    n_scored: int
    figures: dict[str, float]


class Dropped(Frozen):
    """What was left out of a score.

    Attributes:
        labels: Labels, counted once a wheel that does not know them.
        samples: Clips without any gold on some wheel; of sentiment, those of gold 0.
        gold: Gold label to the wheels that do not know it.
        predicted: Predicted label to the wheels that do not know it; of sentiment, what
            counts as negative without being called so.
        names: Clip to the wheels on which its gold is nowhere.
        unmatched: Predictions that no gold asks for.
    """

    labels: int
    samples: int
    gold: dict[str, list[str]] = Field(default_factory=dict)
    predicted: dict[str, list[str]] = Field(default_factory=dict)
    names: dict[str, list[str]] = Field(default_factory=dict)
    unmatched: list[str] = Field(default_factory=list)


class Report(Frozen):
    """A score.

    Attributes:
        task: What was scored.
        n: Clips with a gold.
        n_scored: Clips that count, on one wheel at least.
        figures: Mean over the wheels, with 95% bootstrap intervals over clips.
        per_wheel: The same, wheel by wheel.
        level2: On the middle rings, where every wheel has one.
        neutral_aware: The same figures with neutral as a group of its own; of
            sentiment, with gold 0 and everything unnamed as a third class.
        sizes: Mean numbers of labels and of groups in a set.
        dropped: What was left out, and which.
    """

    task: Task
    n: int
    n_scored: int
    figures: dict[str, Figure]
    per_wheel: tuple[WheelScore, ...] = ()
    level2: dict[str, float] = Field(default_factory=dict)
    neutral_aware: dict[str, float]
    sizes: dict[str, float]
    dropped: Dropped

    def to_dict(self) -> dict[str, object]:
        """The score flat, in plain values: figures by name, intervals beside them."""
        plain = self.model_dump(mode="json")
        figures = plain.pop("figures")
        per_wheel = plain.pop("per_wheel")
        return {
            **{name: figure["value"] for name, figure in figures.items()},
            "intervals": {n: [f["low"], f["high"]] for n, f in figures.items()},
            **plain,
            "per_wheel": [{**row, **row.pop("figures")} for row in per_wheel],
        }
