"""Hypothesize: keep several candidate emotions alive, each citing evidence."""

from typing import Annotated, Any, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, StringConstraints, create_model

from affectgraph.graphs.claims.stance import supporting_and_contradicting
from affectgraph.graphs.reasoner.reasoner import (
    evidence_lines,
    literal_of,
    prompt,
    salient,
)
from affectgraph.graphs.schema import Hypothesis, ModelUsage
from affectgraph.graphs.verdict.nodes.fuse import strongest_modality
from affectgraph.graphs.verdict.open_vocabulary import named_emotions
from affectgraph.graphs.verdict.state import Context, State
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

_MOST = 4
_WORDED, _WORDS = 2, 1
_FEW, _EXPRESSED = 2, 3
_WORTH_KEEPING = 0.1
_Word = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z-]{3,20}$")]


class Expressed(BaseModel):
    """Emotions that descriptions point to without naming them."""

    expressed: list[_Word] = Field(min_length=1, max_length=_EXPRESSED)


def hypothesize(state: State, runtime: Runtime[Context]) -> State:
    """Propose candidates: fusion's own, each sense's favourite, the reasoner's."""
    evidence = state.get("evidence", [])
    own = propose_by_arithmetic(state)
    reasoner, question = runtime.context.reasoner, _question(state, own)
    if reasoner is None or question is None:
        return {"hypotheses": own}
    undone = f"{reasoner.name} was not asked for hypotheses"
    if cut := runtime.context.budget.cut(state.get("spent", ModelUsage()), undone):
        return {"hypotheses": own, "notes": cut}
    runtime.stream_writer({"node": "hypothesize", "event": "asking"})
    loud = strongest_modality(state["fused"], own[0].label)
    context = prompt("context", evidence=evidence_lines(salient(evidence, last=loud)))
    answer = reasoner.ask(context, *question)
    if answer.reply is None:
        note = f"{reasoner.name} proposed nothing ({answer.problem})"
        return {"hypotheses": own, "spent": answer.spent, "notes": [note]}
    if isinstance(answer.reply, Expressed):
        words = [word for word in answer.reply.expressed if to_basic(word)]
        return {"hypotheses": own, "expressed": words, "spent": answer.spent}
    return {**_joined(own, answer.reply, evidence), "spent": answer.spent}


def _question(
    state: State, own: list[Hypothesis]
) -> tuple[str, type[BaseModel]] | None:
    """What to ask the reasoner, and the schema of its reply; None for nothing.

    Where senses vote, about their candidates. Where none does, descriptions speak for
    themselves, and the reasoner is asked only if they hardly name an emotion.
    """
    evidence, fused = state.get("evidence", []), state["fused"]
    if fused.by_modality:
        labels = [hypothesis.label for hypothesis in own[:_WORDED]]
        return prompt("hypothesize"), _proposal(labels)
    described = any(not piece.measurements for piece in evidence)
    if described and len(named_emotions(evidence, fused, _FEW)) < _FEW:
        return prompt("name"), Expressed
    return None


def propose_by_arithmetic(state: State) -> list[Hypothesis]:
    """Candidates without a language model, the most probable first."""
    fused, evidence = state["fused"], state.get("evidence", [])
    labels = sorted(BASIC_EMOTIONS, key=lambda e: -fused.distribution[e])
    kept = [e for e in labels if fused.distribution[e] >= _WORTH_KEEPING] or labels[:1]
    kept += [top_emotion(vote) for vote in fused.by_modality.values()]
    return [
        _candidate(label, evidence, "fusion")
        for label in list(dict.fromkeys(kept))[:_MOST]
    ]


def _candidate(
    label: str, evidence: list[Evidence], proposed_by: Literal["fusion", "reasoner"]
) -> Hypothesis:
    """A hypothesis; which evidence speaks for and against it is arithmetic."""
    supports, contradicts = supporting_and_contradicting(evidence, label)
    return Hypothesis(
        label=label,
        supports=supports,
        contradicts=contradicts,
        proposed_by=proposed_by,
    )


def _proposal(labels: list[str]) -> type[BaseModel]:
    """Schema of a reply: words for the candidates there are, and one more candidate.

    Keyed by label, so that a small model cannot name one emotion over and over.
    """
    words: Any = (list[_Word], Field(min_length=1, max_length=_WORDS))
    others = [emotion for emotion in BASIC_EMOTIONS if emotion not in labels]
    keyed: dict[str, Any] = dict.fromkeys(labels, words)
    return create_model("Proposal", **keyed, also=(literal_of(["none", *others]), ...))


def _joined(own: list[Hypothesis], reply: Any, evidence: list[Evidence]) -> State:
    """Fusion's candidates with the reasoner's words, then the reasoner's own."""
    worded = []
    for hypothesis in own:
        found = getattr(reply, hypothesis.label, ())
        words = dict.fromkeys(replace_forbidden(word.lower() for word in found))
        worded.append(hypothesis.model_copy(update={"words": tuple(words)}))
    if reply.also not in {"none", *(hypothesis.label for hypothesis in own)}:
        worded.append(_candidate(reply.also, evidence, "reasoner"))
    return {"hypotheses": worded}
