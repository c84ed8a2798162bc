"""Rephrase: other words for what was said, by the reasoner, judged by others."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from affectgraph.graphs.reasoner.prompt_builder import render_prompt
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.tools.augment.judge import Judged, judged
from affectgraph.tools.augment.text import CONTINUED, PARAPHRASED, Likeness, likeness
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.language.forbidden_terms import unsaid
from affectgraph.tools.transcript.emotion import classify

How = Literal["paraphrase", "continuation"]

_LONGEST = 300


class Written(BaseModel):
    """What a language model wrote."""

    text: Annotated[str, StringConstraints(min_length=3, max_length=200)]


class Rephrased(Frozen):
    """A text made of another one.

    Attributes:
        text: The new text; of a continuation, the old one and what comes after.
        how: Paraphrase, or continuation of the dialogue.
        likeness: To the old text; its `change` is the strength.
        judged: Whether it keeps the label.
        kept: Both are right.
    """

    text: str
    how: How
    likeness: Likeness
    judged: Judged
    kept: bool


def rephrased(
    text: str,
    label: str,
    how: How,
    reasoner: Reasoner,
    read: Callable[[str], Distribution] | None = None,
) -> Rephrased | None:
    """Have the reasoner put a text into other words, or go on with it.

    Args:
        text: What was said.
        label: What it expresses, one of the basic emotions.
        how: What to write.
        reasoner: Who writes.
        read: Who judges what a text expresses; the transcript sense if None.

    Returns:
        What it wrote, kept or not; None if nothing that can be used.

    Raises:
        WeightsError: If the network that reads words is missing.
    """
    quoted = " ".join(text.split()).replace('"', "'")[:_LONGEST]
    task = render_prompt(how, text=quoted, label=label)
    answer = reasoner.ask(render_prompt("writer"), task, Written)
    if answer.reply is None or unsaid(answer.reply.text):
        return None
    wrote = " ".join(answer.reply.text.split())
    new = wrote if how == "paraphrase" else f"{text} {wrote}"
    if not any(map(str.isalnum, wrote)):
        return None
    judge = read or _read
    like = likeness(text, new, PARAPHRASED if how == "paraphrase" else CONTINUED)
    kept = judged(label, judge(text), judge(new))
    return Rephrased(
        text=new, how=how, likeness=like, judged=kept, kept=like.kept and kept.kept
    )


def _read(text: str) -> Distribution:
    (reading,) = classify([text])
    return reading.distribution
