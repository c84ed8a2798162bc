"""Act: do what was chosen; what it finds is evidence, or a sentence for the model."""

import json

from langgraph.errors import NodeError
from langgraph.runtime import Runtime

from affectgraph.graphs.reasoner.dossier import Dossier
from affectgraph.graphs.schema import Act, ActResult
from affectgraph.graphs.verdict.hypotheses import rank_hypotheses
from affectgraph.graphs.verdict.nodes.perceive import look_again
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.memory import Recalled
from affectgraph.tools.errors import one_line
from affectgraph.tools.evidence import Evidence


def act(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Do the act; the table's give evidence, the model's inform the model alone."""
    chosen, by_model = state["next_act"], state["by_model"]
    assert chosen is not None
    runtime.stream_writer({"node": "act", "event": "started", "act": chosen.kind})
    evidence: list[Evidence] = []
    found = ""
    if chosen.kind == "look again":
        evidence, found = _look(chosen, state, runtime.context)
    elif by_model:
        found = _inform(chosen, state)
    result = ActResult(
        act=chosen,
        chosen_by="reasoner" if by_model else "table",
        found=found or " ".join(piece.observation for piece in evidence),
        evidence=() if by_model else tuple(piece.id for piece in evidence),
    )
    left_out = [chosen.sense] if chosen.kind == "leave out" and not by_model else []
    return {
        "evidence": [] if by_model else evidence,
        "acts": [result],
        "left_out": left_out,
    }


def act_failed(state: VerdictState, error: NodeError) -> VerdictState:
    """Note an act that raised; reasoning goes on without it."""
    chosen = state["next_act"]
    assert chosen is not None
    problem = one_line(error.error) if isinstance(error.error, Exception) else "failed"
    by = "reasoner" if state["by_model"] else "table"
    return {
        "acts": [ActResult(act=chosen, chosen_by=by)],
        "notes": [f"the act {chosen.kind} {chosen.sense} failed: {problem}"],
    }


def _look(
    chosen: Act, state: VerdictState, context: Context
) -> tuple[list[Evidence], str]:
    """The evidence of a closer look, and why there is none."""
    first = next(piece for piece in state["evidence"] if piece.modality == chosen.sense)
    span = chosen.span or first.span
    result = look_again(context, first.tool, span, state["evidence"])
    return list(result.evidence), result.sensed.reason


def _inform(chosen: Act, state: VerdictState) -> str:
    """What an act that perceives nothing new tells the model, in one sentence."""
    if chosen.kind == "contrast pair":
        return _contrast_pair(state)
    if chosen.kind == "measure":
        return _measurement(chosen, state["evidence"])
    if chosen.kind == "leave out":
        rest = Dossier(state["evidence"], hidden=(chosen.sense,)).facts()
        return f"Without {chosen.sense} there is: {'; '.join(rest) or 'nothing'}"
    words = [p.observation for p in state["evidence"] if p.modality == "transcript"]
    return f"The words again: {json.dumps(words, ensure_ascii=False)}"


def _contrast_pair(state: VerdictState) -> str:
    """The nearest case of each of the two leading hypotheses."""
    nearest: dict[str, Recalled] = {}
    for recalled in sorted(state["cases"], key=lambda case: -case.similarity):
        nearest.setdefault(recalled.case.label, recalled)
    pair = [h.label for h in rank_hypotheses(state)[:2] if h.label in nearest]
    return "; ".join(
        f"the nearest clip that people called {label} has similarity "
        f"{nearest[label].similarity:.2f}"
        for label in sorted(pair)
    )


def _measurement(chosen: Act, evidence: list[Evidence]) -> str:
    for piece in evidence:
        value = piece.measurements.get(chosen.measurement)
        if piece.modality == chosen.sense and value is not None:
            return (
                f"{chosen.measurement} is {value.value:.3g} {value.unit}, "
                f"{value.direction} ({value.baseline or 'no baseline is known'})"
            )
    return f"{chosen.sense} did not measure {chosen.measurement}"
