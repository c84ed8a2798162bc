"""Hypothesize: keep several candidate emotions alive, each citing evidence."""

from typing import Annotated, Any, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, StringConstraints, create_model

from affectgraph.graphs.reasoner import evidence_lines, prompt
from affectgraph.graphs.schema import Hypothesis
from affectgraph.graphs.stance import citing
from affectgraph.graphs.state import Context, State
from affectgraph.tools.emotions import BASIC_EMOTIONS, top
from affectgraph.tools.evidence import Evidence

_MOST = 4
_WORTH_KEEPING = 0.1
_MOST_IDS = 6
_Word = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z-]{3,20}$")]


def hypothesize(state: State, runtime: Runtime[Context]) -> State:
    """Propose candidates: fusion's own, each sense's favourite, the reasoner's."""
    evidence = state.get("evidence", [])
    own = by_arithmetic(state)
    reasoner = runtime.context.reasoner
    if reasoner is None or not evidence:
        return {"hypotheses": own}
    runtime.stream_writer({"node": "hypothesize", "event": "asking"})
    answer = reasoner.ask(
        prompt("context", evidence=evidence_lines(evidence)),
        prompt("hypothesize"),
        _proposal(evidence),
    )
    if answer.reply is None:
        note = f"{reasoner.name} proposed nothing ({answer.problem})"
        return {"hypotheses": own, "spent": answer.spent, "notes": [note]}
    proposed = _read(answer.reply)
    return {"hypotheses": joined(own, proposed), "spent": answer.spent}


def by_arithmetic(state: State) -> list[Hypothesis]:
    """Candidates without a language model, the most probable first."""
    fused, evidence = state["fused"], state.get("evidence", [])
    labels = sorted(BASIC_EMOTIONS, key=lambda e: -fused.distribution[e])
    kept = [e for e in labels if fused.distribution[e] >= _WORTH_KEEPING] or labels[:1]
    kept += [top(vote) for vote in fused.by_modality.values()]
    hypotheses = []
    for label in list(dict.fromkeys(kept))[:_MOST]:
        supports, contradicts = citing(evidence, label)
        hypotheses.append(
            Hypothesis(
                label=label,
                supports=supports,
                contradicts=contradicts,
                proposed_by="fusion",
            )
        )
    return hypotheses


def joined(own: list[Hypothesis], proposed: list[Hypothesis]) -> list[Hypothesis]:
    """Fusion's candidates with the reasoner's words, then the reasoner's others.

    Which evidence speaks for fusion's candidates stays what arithmetic says.
    """
    words = {hypothesis.label: hypothesis.words for hypothesis in proposed}
    ours = [h.model_copy(update={"words": words.get(h.label, ())}) for h in own]
    known = {hypothesis.label for hypothesis in own}
    return [*ours, *(h for h in proposed if h.label not in known)]


def _proposal(evidence: list[Evidence]) -> type[BaseModel]:
    """Schema of a reply; ids and labels can be none but the ones there are."""
    ids = Literal[tuple(piece.id for piece in evidence)]  # type: ignore[valid-type]
    cited: Any = (list[ids], Field(max_length=_MOST_IDS))
    candidate: Any = create_model(
        "Candidate",
        label=(Literal[BASIC_EMOTIONS], ...),
        words=(list[_Word], Field(min_length=1, max_length=2)),
        supports=cited,
        contradicts=cited,
    )
    several = Field(min_length=1, max_length=3)
    return create_model("Proposal", hypotheses=(list[candidate], several))


def _read(reply: Any) -> list[Hypothesis]:
    """The reasoner's candidates; of several for one emotion, the first."""
    found: dict[str, Hypothesis] = {}
    for candidate in reply.hypotheses:
        against = dict.fromkeys(candidate.contradicts)
        found.setdefault(
            candidate.label,
            Hypothesis(
                label=candidate.label,
                words=tuple(dict.fromkeys(word.lower() for word in candidate.words)),
                supports=tuple(
                    name
                    for name in dict.fromkeys(candidate.supports)
                    if name not in against
                ),
                contradicts=tuple(against),
                proposed_by="reasoner",
            ),
        )
    return list(found.values())
