"""How much a language model's judgement counts, as `affectgraph calibrate` measured it.

A measurement holds for one model with one set of prompts. It lies in a readable file:
of the user's data folder, or among those that ship.
"""

import os
import re
from functools import cache
from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError

from affectgraph.graphs.schema import Judgement, JudgementMethod, MeasuredTrust
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError, first_problem
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.atomic_write import (
    atomic_write_text,
    explain_write_errors,
    make_folder,
)
from affectgraph.tools.io.reading import read_text

_SHIPPED = Path(__file__).parent / "measurements"
_NOT_IN_FILE_NAME = re.compile(r"[^a-z0-9.]+")


class MeasuredGain(Frozen):
    """Gain in log loss, in nats a clip, with its 95% interval over speakers."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


class MethodFigures(Frozen):
    """How one method of asking did on the labelled clips.

    Attributes:
        n: Number of clips that it judged.
        gain: Of the pool with the judgement over the pool alone, cross-fitted.
        accuracy_alone: Accuracy of its judgement without any sense.
        calls: Requests a clip.
        tokens: Prompt and completion tokens a clip.
        seconds: Seconds a clip.
    """

    n: int = Field(ge=0)
    gain: MeasuredGain
    accuracy_alone: float
    calls: float
    tokens: float
    seconds: float


class ReasonerMeasurement(Frozen):
    """What was measured of a language model, and how much it therefore counts.

    Attributes:
        format: Version of the file format.
        model: Name of the model.
        fingerprint: SHA-256 of its prompts and settings.
        method: How it is asked: the better one of those that were compared.
        trust: Its weight in the pool; 0 unless the lower bound of its gain is above 0.
        by_situation: Weight in situations with enough clips to fit their own.
        bias: Mean log-probability that it gives each emotion, less their mean; a model
            that prefers an emotion whatever it is shown learns nothing from that.
        clips: Number of labelled clips.
        groups: Number of speakers or dialogues among them.
        accuracy_without: Accuracy of the pool alone.
        accuracy_with: With the judgement, cross-fitted.
        log_loss_without: Log loss of the pool alone, in nats.
        log_loss_with: With the judgement, cross-fitted.
        methods: Every method that was compared.
        confidence: Weights of the confidence with it; empty while it stays shut.
        thresholds: Of prediction sets with it; empty while it stays shut.
    """

    format: int = Field(default=1, ge=1, le=1)
    model: str
    fingerprint: str = Field(pattern="^[0-9a-f]{64}$")
    method: JudgementMethod
    trust: MeasuredTrust
    by_situation: dict[str, MeasuredTrust] = Field(default_factory=dict)
    bias: dict[str, float] = Field(default_factory=dict)
    clips: int = Field(ge=0)
    groups: int = Field(ge=0)
    accuracy_without: float
    accuracy_with: float
    log_loss_without: float
    log_loss_with: float
    methods: dict[JudgementMethod, MethodFigures]
    confidence: dict[str, float] = Field(default_factory=dict)
    thresholds: dict[str, dict[str, float]] = Field(default_factory=dict)

    @property
    def gain(self) -> MeasuredGain:
        """Gain of the method that was kept."""
        return self.methods[self.method].gain

    @property
    def is_open(self) -> bool:
        """Whether the model has any say."""
        return any(t.value > 0 for t in (self.trust, *self.by_situation.values()))

    def trust_in(self, situation: str) -> MeasuredTrust:
        """How much it counts in a situation, as `calibration.situation` names it."""
        return self.by_situation.get(situation, self.trust)

    def term(self, judgement: Judgement, situation: str) -> dict[str, float]:
        """What a judgement adds to the log-odds of each emotion."""
        weight = self.trust_in(situation).value
        return {
            emotion: weight * (value - self.bias.get(emotion, 0.0))
            for emotion, value in judgement.log_probabilities.items()
        }

    def save(self, file: Path) -> None:
        """Write the file, readable by people.

        Raises:
            SettingError: If it cannot be written.
        """
        with explain_write_errors(file, SettingError):
            make_folder(file.parent)
            atomic_write_text(file, f"{self.model_dump_json(indent=1)}\n")

    @classmethod
    def load(cls, file: Path) -> "ReasonerMeasurement":
        """Read the file.

        Raises:
            SettingError: If it is not such a file, or names an unknown emotion.
        """
        try:
            measurement = cls.model_validate_json(read_text(file, SettingError))
        except ValidationError as error:
            raise SettingError(
                f"{file}: not a file of `affectgraph calibrate` "
                f"({first_problem(error, 'the file')}); write it again"
            ) from error
        if problem := measurement.problem():
            raise SettingError(f"{file}: {problem}; write it again")
        return measurement

    def problem(self) -> str:
        """What makes the numbers unusable; empty if they can be used."""
        if unknown := self.bias.keys() - set(BASIC_EMOTIONS):
            return f"{min(unknown)!r} is no basic emotion"
        if self.method not in self.methods:
            return "its method is not among those that were compared"
        if self.confidence and "constant" not in self.confidence:
            return "its confidence has no constant"
        return ""


def data_folder() -> Path:
    """Folder of the user's measurements: in `AFFECTGRAPH_DATA`, or the usual place."""
    root = os.environ.get("AFFECTGRAPH_DATA")
    return Path(root or platformdirs.user_data_dir("affectgraph")) / "reasoners"


def measurement_file(model: str) -> Path:
    """Where the measurement of a model is kept by default."""
    return (
        data_folder() / f"{_NOT_IN_FILE_NAME.sub('-', model.lower()).strip('-')}.json"
    )


def find_measurement(model: str, fingerprint: str) -> ReasonerMeasurement | None:
    """The measurement of a model with these prompts: the user's, or one that ships."""
    file = measurement_file(model)
    candidates = [ReasonerMeasurement.load(file)] if file.is_file() else []
    for measurement in (*candidates, *_shipped()):
        if (measurement.model, measurement.fingerprint) == (model, fingerprint):
            return measurement
    return None


@cache
def _shipped() -> tuple[ReasonerMeasurement, ...]:
    files = sorted(_SHIPPED.glob("*.json"))
    return tuple(ReasonerMeasurement.load(file) for file in files)
