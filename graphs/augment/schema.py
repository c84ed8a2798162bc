"""Results of the augmentation graph for one clip."""

from typing import Literal, TypedDict

from pydantic import field_validator

from affectgraph.graphs.augment.agreement_filter import (
    GRAPH_SOURCE,
    AgreementResult,
    Sentiment,
)
from affectgraph.graphs.augment.quality_filter import DescriptionLengths, QualityResult
from affectgraph.graphs.verdict.state import VerdictState
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution
from affectgraph.tools.evidence import Frozen

# `low` is the quality filter, `high` the agreement filter.
Stage = Literal["kept", "low", "high", "review", "failed"]


class Clue(Frozen):
    """What the evidence of one sense tells about the emotion.

    Attributes:
        modality: Modality of the sense.
        cites: Ids of the evidence.
        infers: The emotion inferred from it; None if none can be.
        why: Reason, in one or two sentences.
    """

    modality: str
    cites: tuple[str, ...]
    infers: str | None
    why: str


class Description(Frozen):
    """The clues of all senses, merged.

    Attributes:
        clues: One for each sense.
        together: Conclusion from all clues.
        words: Open-vocabulary words, most specific first.
        written_by: `facts`, or the name of the language model.
    """

    clues: tuple[Clue, ...]
    together: str
    words: tuple[str, ...] = ()
    written_by: str = "facts"

    @property
    def text(self) -> str:
        """The description as one text."""
        return " ".join([*(clue.why for clue in self.clues), self.together])


class AutoLabel(Frozen):
    """A label given by the graph.

    Attributes:
        label: One of the basic emotions.
        labels: Open-vocabulary words, most specific first.
        distribution: Distribution over the basic emotions.
        sentiment: Sentiment of the distribution.
    """

    label: str
    labels: tuple[str, ...]
    distribution: Distribution
    sentiment: Sentiment


class ReviewAnswer(Frozen):
    """A person's label for a doubtful clip.

    Attributes:
        label: One of the basic emotions; None if the clip shows none of them clearly.
        labels: Further words.
        annotator: Name of the person.
        note: The person's remark.
    """

    label: str | None
    labels: tuple[str, ...] = ()
    annotator: str = ""
    note: str = ""

    @field_validator("label")
    @classmethod
    def _is_basic(cls, value: str | None) -> str | None:
        if value is not None and value not in BASIC_EMOTIONS:
            raise ValueError(f"label is none of {', '.join(BASIC_EMOTIONS)}")
        return value


class AugmentationOutcome(Frozen):
    """The final decision about a clip.

    Attributes:
        stage: `kept`, or the stage that dropped it.
        reason: Why.
        source: Who gave the label: the graph or a person.
        answer: The person's answer, if a person reviewed the clip.
    """

    stage: Stage
    reason: str
    source: Literal["affectgraph", "human"] = GRAPH_SOURCE
    answer: ReviewAnswer | None = None


class AugmentationState(VerdictState, total=False):
    """State of one clip, with the perception of the verdict graph.

    Checkpoints name the result of the quality filter `low`, and that of the agreement
    filter `crowd`.
    """

    description: Description
    labelled: AutoLabel
    lengths: DescriptionLengths
    low: QualityResult
    crowd: AgreementResult
    outcome: AugmentationOutcome


class AugmentationInput(TypedDict):
    """Input of the augmentation graph."""

    clip: ClipInfo
