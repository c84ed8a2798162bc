"""An utterance: one stretch of speech of one person, and what it expresses."""

from pydantic import Field, model_validator

from affectgraph.tools.emotions import Distribution
from affectgraph.tools.evidence import Fraction, Frozen, Signed, Span
from affectgraph.tools.transcript.words import Word


class Utterance(Frozen):
    """One stretch of one person, with its own answer.

    Attributes:
        start: In seconds of the clip.
        end: In seconds of the clip, after `start`.
        person: `A`, `B`, ... or the name that the user gave; empty if unknown.
        words: The words with their times; none for a burst, a face alone, or a
            language that is not recognised.
        label: The most probable emotion; None where the answer is withheld.
        distribution: Calibrated, over the basic emotions.
        prediction_set: Emotions that the answer is one of, most probable first.
        confidence: Probability that the label is right.
        valence: Expressed valence in [-1, 1]; None without any vote.
        arousal: Expressed arousal in [-1, 1]; None without any vote.
        conflict: Distance of the two senses that disagree most, in [0, 1]; None with
            fewer than two senses.
        evidence: Ids of the evidence that lies in it.
    """

    start: float = Field(ge=0.0)
    end: float = Field(ge=0.0)
    person: str = ""
    words: tuple[Word, ...] = ()
    label: str | None
    distribution: Distribution
    prediction_set: tuple[str, ...]
    confidence: Fraction
    valence: Signed | None = None
    arousal: Signed | None = None
    conflict: Fraction | None = None
    evidence: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _lasts(self) -> "Utterance":
        if self.end <= self.start:
            raise ValueError(
                f"utterance ends ({self.end}) before it starts ({self.start})"
            )
        return self

    @property
    def span(self) -> Span:
        """From its start to its end."""
        return Span(start=self.start, end=self.end)

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(word.text for word in self.words)
