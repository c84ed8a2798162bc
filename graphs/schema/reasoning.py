"""Hypotheses, and what is done to tell them apart."""

from typing import Literal

from affectgraph.tools.evidence import Fraction, Frozen, Span

CheckResult = Literal["holds", "fails", "inconclusive"]
CheckKind = Literal["equal weights"]
ActKind = Literal[
    "look again", "contrast pair", "measure", "leave out", "read the words"
]
# How a language model judges: how it thinks, and how its judgement is read.
JudgementMethod = Literal[
    "direct, by log-probabilities",
    "direct, in pairs",
    "deliberate, by log-probabilities",
    "deliberate, in pairs",
]


class Prediction(Frozen):
    """What should be perceived if a hypothesis were true.

    Attributes:
        sense: Modality that would perceive it.
        span: Where, in seconds.
        measurement: Name of the measurement.
        direction: Where it should lie against its typical range.
        result: `holds` if it lies there, `fails` if it lies on the other side.
    """

    sense: str
    span: Span
    measurement: str
    direction: Literal["high", "low"]
    result: CheckResult


class Hypothesis(Frozen):
    """A candidate emotion.

    Attributes:
        label: One of the basic emotions.
        words: Open-vocabulary words for it, most specific first.
        supports: Ids of evidence for it.
        contradicts: Ids of evidence against it.
        predictions: What it predicts of the measurements that were taken.
    """

    label: str
    words: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    predictions: tuple[Prediction, ...] = ()


class Check(Frozen):
    """One attempt to refute a hypothesis.

    Attributes:
        hypothesis: Label of the hypothesis.
        kind: `equal weights`: whether the hypothesis would lead if every sense counted
            the same.
        result: Whether the hypothesis holds, fails, or the check could not tell.
        reason: Why, in one sentence.
        cites: Ids of the evidence and cases that it used.
        round: Number of the round, from 1.
    """

    hypothesis: str
    kind: CheckKind
    result: CheckResult
    reason: str
    cites: tuple[str, ...] = ()
    round: int = 1


class Act(Frozen):
    """Something to try in order to tell hypotheses apart.

    Attributes:
        kind: `look again` at a span with a sense, recall a `contrast pair`: the nearest
            case of each rival, `measure`, `leave out` a sense, or `read the words`.
        sense: Modality that it uses or leaves out.
        span: Where to look, in seconds.
        measurement: What to measure.
    """

    kind: ActKind
    sense: str = ""
    span: Span | None = None
    measurement: str = ""


class ActResult(Frozen):
    """An act that was done.

    Attributes:
        act: The act.
        chosen_by: `table`: by its measured gain; `reasoner`: by the language model,
            which alone hears of what it found.
        found: What it found, in one sentence; empty if nothing.
        evidence: Ids of the evidence that it gave to the pool.
        moved: Jensen-Shannon distance by which it moved the answer, in [0, 1].
    """

    act: Act
    chosen_by: Literal["table", "reasoner"]
    found: str = ""
    evidence: tuple[str, ...] = ()
    moved: Fraction = 0.0


class Judgement(Frozen):
    """What a language model thinks of the hypotheses.

    Attributes:
        method: How it was asked.
        log_probabilities: Emotion to log-probability, less their mean.
    """

    method: JudgementMethod
    log_probabilities: dict[str, float]


class Review(Frozen):
    """What a person says of a decision.

    Attributes:
        label: The emotion, if it is another than the decision's; None to accept it.
        by: Who it was.
    """

    label: str | None = None
    by: str = ""


class ModelUsage(Frozen):
    """Calls, tokens and seconds that the reasoner has used."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        return ModelUsage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
        )
