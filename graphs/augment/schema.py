"""What the augmentation graph says about one clip."""

from typing import Literal

from pydantic import field_validator

from affectgraph.graphs.augment.crowd import OURS, Sentiment
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution
from affectgraph.tools.evidence import Frozen

Stage = Literal["kept", "low", "high", "review", "failed"]


class Clue(Frozen):
    """What one part of a clip, as one sense has it, tells of an emotion.

    Attributes:
        modality: Of the sense.
        cites: Ids of the evidence.
        infers: The emotion that can be inferred from it; None if none can.
        why: Why, in one sentence or two.
    """

    modality: str
    cites: tuple[str, ...]
    infers: str | None
    why: str


class Description(Frozen):
    """The clues of all senses, merged.

    Attributes:
        clues: One a sense.
        together: What they come to.
        words: Open-vocabulary words, most specific first.
        written_by: `facts`, or the name of the language model.
    """

    clues: tuple[Clue, ...]
    together: str
    words: tuple[str, ...] = ()
    written_by: str = "facts"

    @property
    def text(self) -> str:
        """The description, as one text."""
        return " ".join([*(clue.why for clue in self.clues), self.together])


class Labelled(Frozen):
    """A label that the graph gives.

    Attributes:
        label: One of the basic emotions.
        labels: Open-vocabulary words, most specific first.
        distribution: Over the basic emotions.
        sentiment: Of the distribution.
    """

    label: str
    labels: tuple[str, ...]
    distribution: Distribution
    sentiment: Sentiment


class Answer(Frozen):
    """What a person says of a doubtful clip.

    Attributes:
        label: One of the basic emotions; None if the clip shows none of them clearly.
        labels: Further words.
        annotator: Who says so.
        note: Why.
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


class Outcome(Frozen):
    """What became of a clip.

    Attributes:
        stage: Where it ended: `kept`, or the filter that dropped it.
        reason: Why.
        source: Whose label it is: the graph's, or a person's.
        answer: The person's.
    """

    stage: Stage
    reason: str
    source: Literal["affectgraph", "human"] = OURS
    answer: Answer | None = None
