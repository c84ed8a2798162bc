"""Judge: the language model's judgement joins the pool, as far as it is trusted."""

from langgraph.runtime import Runtime

from affectgraph.graphs.reasoner.dossier import Dossier
from affectgraph.graphs.reasoner.judgement import judge as ask_for_judgement
from affectgraph.graphs.schema import JudgementMethod, ModelUsage
from affectgraph.graphs.verdict.calibration import situation
from affectgraph.graphs.verdict.pooling import REASONER, with_terms
from affectgraph.graphs.verdict.state import Context, VerdictState


def judge(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Ask for a judgement where it counts, or where it is being measured."""
    context = runtime.context
    reasoner, measured = context.reasoner, context.measurement
    if reasoner is None or not state["fused"].by_modality:
        return {"judgements": []}
    methods = asked_methods(state, context)
    notes = [] if context.measured_methods else _say(context)
    update: VerdictState = {"judgements": [], "judgement_costs": [], "notes": notes}
    before, spent = state.get("spent", ModelUsage()), ModelUsage()
    for method in methods:
        consequence = f"{reasoner.name} did not judge"
        if exhausted := context.budget.exhausted_notes(before + spent, consequence):
            notes += exhausted
            break
        runtime.stream_writer({"node": "judge", "event": "asking", "method": method})
        dossier = dossier_of(state, context, with_found=method.startswith("delib"))
        answer = ask_for_judgement(reasoner, dossier, state["fused"], method)
        spent += answer.spent
        judgement = answer.judgement or context.recorded_judgement
        if judgement is not None:
            update["judgements"].append(judgement)
            update["judgement_costs"].append(answer.spent)
        if answer.judgement is None:
            notes.append(f"{reasoner.name} gave no judgement ({answer.problem})")
    update["spent"] = spent
    if update["judgements"] and measured is not None and not context.measured_methods:
        name = situation(state["fused"])
        term = measured.term(update["judgements"][0], name)
        trust = {REASONER: measured.trust_in(name)}
        update["fused"] = with_terms(state["fused"], {REASONER: term}, trust)
        update["measurement"] = measured
    return update


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
