"""Report of a score: the official figures, and what they leave out."""

from pydantic import Field

from affectgraph.agents.evaluation.bootstrap import Figure
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
    """What a score leaves out.

    Attributes:
        labels: Labels, counted once per wheel that does not contain them.
        samples: Clips without a gold label on some wheel; for sentiment, those of
            gold 0.
        gold: Gold label to the wheels that do not contain it.
        predicted: Predicted label to the wheels that do not contain it; for sentiment,
            labels that count as negative although they have another name.
        names: Clip to the wheels that contain none of its gold labels.
        unmatched: Predictions without a gold row.
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
        task: The task that was scored.
        n: Clips with gold labels.
        n_scored: Clips that count on at least one wheel.
        figures: Mean over the wheels, with 95% bootstrap intervals over clips.
        per_wheel: The figures of each wheel.
        level2: On the middle rings, if every wheel has one.
        neutral_aware: The same figures with neutral as its own group; for sentiment,
            with gold 0 and other labels as a third class.
        sizes: Mean numbers of labels and groups in a set.
        dropped: What is left out.
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
        """Return the score as a flat dictionary: figures by name, then intervals."""
        plain = self.model_dump(mode="json")
        figures = plain.pop("figures")
        per_wheel = plain.pop("per_wheel")
        return {
            **{name: figure["value"] for name, figure in figures.items()},
            "intervals": {n: [f["low"], f["high"]] for n, f in figures.items()},
            **plain,
            "per_wheel": [{**row, **row.pop("figures")} for row in per_wheel],
        }
