"""Statements: what a sentence of an explanation says, as fields that code can compare.

A sentence makes one statement or more. Numbers are kept as they are written, with their
decimals: `0.80` says more than `0.8`. A field that is None is not stated.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from affectgraph.tools.evidence import Frozen, Span

Number = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]
Direction = Literal["low", "typical", "high", "outside"]
Reason = Literal["agreement", "conflict", "one sense", "unfamiliar", "doubt"]


class ReadingStatement(Frozen):
    """What a sense reads, such as "the voice sounds angry (0.55)".

    Attributes:
        sense: The modality.
        emotion: The emotion.
        share: Its probability in the vote.
        rank: 1 for the most probable emotion of the vote, 2 for the next.
        denied: The sense does not read this emotion.
        span: When, in seconds.
    """

    kind: Literal["reading"] = "reading"
    sense: str
    emotion: str
    share: Number | None = None
    rank: Literal[1, 2] = 1
    denied: bool = False
    span: Span | None = None


class LevelStatement(Frozen):
    """Where a measurement lies, such as "the pitch is low (98 Hz)".

    Attributes:
        measurement: Its name in the evidence.
        direction: Against its typical range.
        value: Its value.
        unit: Unit of the numbers.
        low: Lower end of the typical range.
        high: Upper end of the typical range.
        beyond: How far it lies outside the typical range.
        senses: Modalities that it is said to be of.
        denied: The direction is denied.
        span: When, in seconds.
        peak: Second at which it is strongest.
        seconds: How long it lasts.
    """

    kind: Literal["level"] = "level"
    measurement: str
    direction: Direction | None = None
    value: Number | None = None
    unit: str | None = None
    low: Number | None = None
    high: Number | None = None
    beyond: Number | None = None
    senses: tuple[str, ...] = ()
    denied: bool = False
    span: Span | None = None
    peak: Number | None = None
    seconds: Number | None = None


class ChangeStatement(Frozen):
    """How something changes, over the clip or when words are left out.

    Attributes:
        what: Name of a measurement, of a modality whose reading changes, or the
            emotion whose probability changes without some words.
        direction: Whether it rises or falls.
        before: The emotion read before, or the probability with the words.
        after: The emotion read after, or the probability without the words.
        amount: By how much it rises or falls.
        unit: Unit of the amount.
        words: The words that are left out.
        span: When it rises or falls, in seconds.
        at: Second of the change.
        denied: The change is denied.
    """

    kind: Literal["change"] = "change"
    what: str
    direction: Literal["rises", "falls"] | None = None
    before: str | None = None
    after: str | None = None
    amount: Number | None = None
    unit: str | None = None
    words: str | None = None
    span: Span | None = None
    at: Number | None = None
    denied: bool = False


class ComparisonStatement(Frozen):
    """Two emotions in one sense, or one emotion in two senses: the first is greater.

    Attributes:
        senses: Modality of the greater share, then of the lesser.
        emotions: Emotion of the greater share, then of the lesser.
        shares: Both probabilities.
        margin: The difference of the probabilities.
        denied: The order is denied.
    """

    kind: Literal["comparison"] = "comparison"
    senses: tuple[str, str]
    emotions: tuple[str, str]
    shares: tuple[Number, Number] | None = None
    margin: Number | None = None
    denied: bool = False


class QuotationStatement(Frozen):
    """Words that were recognised, and the emotion that they carry.

    Attributes:
        words: The words.
        emotion: The emotion that they carry, or that they are read as.
        share: Its probability.
        negates: They negate.
        denied: They do not carry the emotion.
        span: When they are said, in seconds.
        starts: Second at which they start.
        ends: Second at which they end.
    """

    kind: Literal["quotation"] = "quotation"
    words: str
    emotion: str | None = None
    share: Number | None = None
    negates: bool = False
    denied: bool = False
    span: Span | None = None
    starts: Number | None = None
    ends: Number | None = None


class AgreementStatement(Frozen):
    """Whether senses have the same emotion on top.

    Attributes:
        senses: The modalities.
        agree: Whether all of them do.
        emotions: The emotion of each sense, or the common one.
    """

    kind: Literal["agreement"] = "agreement"
    senses: tuple[str, ...]
    agree: bool
    emotions: tuple[str, ...] = ()


class PrecedentStatement(Frozen):
    """A recalled case, such as "the nearest case is labelled sad (0.83)".

    Attributes:
        label: Its label.
        similarity: Its similarity.
        nearest: It is the nearest of all cases, or of those of the label.
        than: Label of a case that is less similar.
        than_similarity: The similarity of that case.
        count: How many of the cases have the label; `all` for all of them.
        of: Of how many cases.
        denied: The label is denied.
    """

    kind: Literal["precedent"] = "precedent"
    label: str
    similarity: Number | None = None
    nearest: Literal["all", "label"] | None = None
    than: str | None = None
    than_similarity: Number | None = None
    count: int | Literal["all"] | None = None
    of: int | None = None
    denied: bool = False


class CounterfactualStatement(Frozen):
    """The answer without some experts: the same sum without their terms.

    Attributes:
        without: The experts that are left out, each in turn if `each`.
        label: The emotion that would lead; None if only a change is stated.
        changes: Whether another emotion would lead.
        each: The experts are left out one at a time.
        denied: The label is denied.
    """

    kind: Literal["counterfactual"] = "counterfactual"
    without: tuple[str, ...]
    label: str | None = None
    changes: bool | None = None
    each: bool = False
    denied: bool = False


class ContributionStatement(Frozen):
    """What an expert contributes to an emotion, in log-odds against a rival.

    Attributes:
        expert: The expert; None for "nothing speaks against it".
        emotion: The emotion.
        rival: The emotion that it is compared with; None for the runner-up.
        side: Whether the expert speaks for the emotion or against it.
        log_odds: The size of the contribution.
        most: No expert on that side contributes more.
        second: Just one expert on that side contributes more.
        little: It contributes hardly anything.
        over: Another expert that contributes less.
        over_log_odds: The size of the contribution of that expert.
        because: Why it weighs more: a clearer reading, or a higher trust.
        denied: The side is denied.
    """

    kind: Literal["contribution"] = "contribution"
    expert: str | None
    emotion: str
    rival: str | None = None
    side: Literal["for", "against"] | None = None
    log_odds: Number | None = None
    most: bool = False
    second: bool = False
    little: bool = False
    over: str | None = None
    over_log_odds: Number | None = None
    because: Literal["clearer", "trusted"] | None = None
    denied: bool = False


class ConclusionStatement(Frozen):
    """What the verdict comes to, how sure it is, and why.

    Attributes:
        label: The leading emotion.
        rival: Its runner-up.
        confidence: Probability that the label is right.
        reason: What makes it as sure as it is.
        senses: The modalities of the reason.
        abstains: The verdict has no label.
        sure: It is said to be sure, or to be unsure.
        denied: The label is denied.
    """

    kind: Literal["conclusion"] = "conclusion"
    label: str
    rival: str | None = None
    confidence: Number | None = None
    reason: Reason | None = None
    senses: tuple[str, ...] = ()
    abstains: bool = False
    sure: bool | None = None
    denied: bool = False


class ObservationStatement(Frozen):
    """What a sense observed, in its own words."""

    kind: Literal["observation"] = "observation"
    text: str


Statement = Annotated[
    ReadingStatement
    | LevelStatement
    | ChangeStatement
    | ComparisonStatement
    | QuotationStatement
    | AgreementStatement
    | PrecedentStatement
    | CounterfactualStatement
    | ContributionStatement
    | ConclusionStatement
    | ObservationStatement,
    Field(discriminator="kind"),
]
