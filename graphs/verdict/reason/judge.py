"""Judge: the language model's judgement joins the pool, as far as it is trusted."""

from langgraph.runtime import Runtime

from affectgraph.graphs.reasoner.dossier import Dossier
from affectgraph.graphs.reasoner.judgement import judge as ask_for_judgement
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Judgement, JudgementMethod, ModelUsage
from affectgraph.graphs.verdict.calibration import situation
from affectgraph.graphs.verdict.pooling import REASONER, with_terms
from affectgraph.graphs.verdict.state import Context, VerdictState


def judge(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Ask for a judgement where it counts, or where it is being measured."""
    context, fused = runtime.context, state["fused"]
    if context.reasoner is None or not fused.by_modality:
        return {"judgements": []}
    update = _ask(context.reasoner, state, runtime)
    judgements, measured = update["judgements"], context.measurement
    if context.measured_methods:
        return update
    update["notes"] = _say(context) + update["notes"]
    if judgements and measured is not None:
        name = situation(fused)
        term = measured.term(judgements[0], name)
        trust = {REASONER: measured.trust_in(name)}
        update["fused"] = with_terms(fused, {REASONER: term}, trust)
        update["measurement"] = measured
    return update


def _ask(
    reasoner: Reasoner, state: VerdictState, runtime: Runtime[Context]
) -> VerdictState:
    """Ask in every way that is wanted, as long as the budget lasts."""
    context, notes, costs = runtime.context, list[str](), list[ModelUsage]()
    before, spent = state.get("spent", ModelUsage()), ModelUsage()
    judgements: list[Judgement] = []
    for method in asked_methods(state, context):
        consequence = f"{reasoner.name} did not judge"
        if exhausted := context.budget.exhausted_notes(before + spent, consequence):
            notes += exhausted
            break
        runtime.stream_writer({"node": "judge", "event": "asking", "method": method})
        dossier = dossier_of(state, context, with_found=method.startswith("delib"))
        answer = ask_for_judgement(reasoner, dossier, state["fused"], method)
        spent += answer.spent
        if judgement := answer.judgement or context.recorded_judgement:
            judgements.append(judgement)
            costs.append(answer.spent)
        if answer.judgement is None:
            notes.append(f"{reasoner.name} gave no judgement ({answer.problem})")
    return {
        "judgements": judgements,
        "judgement_costs": costs,
        "notes": notes,
        "spent": spent,
    }


def asked_methods(state: VerdictState, context: Context) -> tuple[JudgementMethod, ...]:
    """How the model is asked: as it was measured, and not at all if it has no say."""
    if context.measured_methods:
        return context.measured_methods
    measured = context.measurement
    if measured is None or not measured.trust_in(situation(state["fused"])).value:
        return ()
    return (measured.method,)


def dossier_of(
    state: VerdictState, context: Context, *, with_found: bool = True
) -> Dossier:
    """What the model is shown of the clip, and of what its acts found."""
    assert context.reasoner is not None
    found = [
        result.found
        for result in state.get("acts", [])
        if result.chosen_by == "reasoner" and result.found and with_found
    ]
    return Dossier(
        evidence=state["evidence"],
        turns=context.clip.turns or (),
        size=context.reasoner.size,
        found=found,
    )


def _say(context: Context) -> list[str]:
    """A note for a model that has no say, and what to do about it."""
    assert context.reasoner is not None
    name, measured = context.reasoner.name, context.measurement
    if measured is None:
        return [
            f"{name} has no say in the label: it was never measured with these "
            f"prompts; run affectgraph calibrate --llm {name} MANIFEST"
        ]
    if measured.is_open:
        return []
    return [
        f"{name} has no say in the label: on {measured.clips} labelled clips it gained "
        f"{measured.gain} nats"
    ]
