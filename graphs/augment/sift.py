"""Label, sift and keep: the nodes after the description."""

from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import create_model

from affectgraph.graphs.augment import crowd as high_filter
from affectgraph.graphs.augment import low as low_filter
from affectgraph.graphs.augment.schema import Answer, Labelled, Outcome
from affectgraph.graphs.augment.state import Augmentation
from affectgraph.graphs.reasoner.reasoner import (
    evidence_lines,
    literal_of,
    prompt,
    salient,
)
from affectgraph.graphs.schema import ModelUsage
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)


def label(state: Augmentation) -> Augmentation:
    """Label the clip: what fusion says, and the words of the description."""
    shares = state["fused"].distribution
    words = [*state["description"].words, top_emotion(shares)]
    labelled = Labelled(
        label=top_emotion(shares),
        labels=tuple(dict.fromkeys(words)),
        distribution=shares,
        sentiment=high_filter.sentiment(shares),
    )
    return {"labelled": labelled}


def gather(state: Augmentation) -> Augmentation:
    """Wait until the whole batch is described, to learn how long descriptions are."""
    traits = traits_of(state)
    lengths = interrupt({"kind": traits.kind, "words": traits.words})
    return {"lengths": low_filter.Lengths.model_validate(lengths)}


def low(state: Augmentation) -> Augmentation:
    """The low filter: is the clip fit to be labelled?"""
    found = low_filter.low(traits_of(state), state["lengths"])
    if found.passed:
        return {"low": found}
    return {"low": found, "outcome": Outcome(stage="low", reason=found.reason)}


def high(state: Augmentation, runtime: Runtime[Context]) -> Augmentation:
    """The high filter: do judges agree with the label?"""
    told, spent, notes = _asked(state, runtime.context)
    judges = high_filter.judges(state["evidence"], state["cases"], told)
    labelled = state["labelled"]
    probability = labelled.distribution[labelled.label]
    crowd = high_filter.crowd(labelled.label, judges, probability)
    found: Augmentation = {"crowd": crowd, "spent": spent, "notes": notes}
    if crowd.decision == "keep":
        found["outcome"] = Outcome(stage="kept", reason=crowd.reason)
    elif crowd.decision == "drop":
        found["outcome"] = Outcome(stage="high", reason=crowd.reason)
    return found


def review(state: Augmentation) -> Augmentation:
    """Wait for a person to say what the clip is."""
    crowd = state["crowd"]
    answer = Answer.model_validate(
        interrupt({"label": crowd.label, "reason": crowd.reason})
    )
    by = answer.annotator or "a person"
    if answer.label is None:
        reason = f"{by} finds none of the emotions in it"
        outcome = Outcome(stage="review", reason=reason, source="human", answer=answer)
    else:
        reason = f"{by} labelled it {answer.label}"
        outcome = Outcome(stage="kept", reason=reason, source="human", answer=answer)
    return {"outcome": outcome}


def after_low(state: Augmentation) -> Literal["high", "__end__"]:
    """Only what is fit goes before the judges."""
    return "high" if state["low"].passed else "__end__"


def after_high(state: Augmentation) -> Literal["review", "__end__"]:
    """Only what is doubtful waits for a person."""
    return "review" if state["crowd"].decision == "doubtful" else "__end__"


def traits_of(state: Augmentation) -> low_filter.Traits:
    """What the low filter looks at."""
    words = len(state["description"].text.split())
    return low_filter.traits(state["clip"], state.get("evidence", []), words)


def _asked(
    state: Augmentation, context: Context
) -> tuple[Distribution | None, ModelUsage, list[str]]:
    """The reasoner's own judgement; it is not told the label."""
    if context.reasoner is None:
        return None, ModelUsage(), []
    evidence: Any = evidence_lines(salient(state["evidence"]))
    schema = create_model("Judgement", label=(literal_of(BASIC_EMOTIONS), ...))
    answer = context.reasoner.ask(
        prompt("context", evidence=evidence), prompt("judge"), schema
    )
    if answer.reply is None:
        note = f"{context.reasoner.name} did not judge ({answer.problem})"
        return None, answer.spent, [note]
    said: str = answer.reply.model_dump()["label"]
    return distribution({said: 1.0}), answer.spent, []
