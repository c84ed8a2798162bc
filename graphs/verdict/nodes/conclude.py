"""Conclude: assemble the verdict from the final state; nothing is decided here."""

from typing import Literal, cast

from langgraph.runtime import Runtime

from affectgraph.graphs.schema import (
    ModelUsage,
    TimelineRow,
    Verdict,
    VerdictProvenance,
)
from affectgraph.graphs.verdict.hypotheses import rank_hypotheses
from affectgraph.graphs.verdict.memory_experts import OWN, SEED
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.graphs.verdict.utterances import decide_utterances
from affectgraph.tools.evidence import Evidence, Span

_SEED_SHUT = "cases that ship do not move the answer"


def conclude(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Assemble the verdict."""
    decision, evidence = state["decision"], state.get("evidence", [])
    verdict = Verdict(
        clip=state["clip"],
        label=decision.label,
        labels=decision.labels,
        distribution=decision.distribution,
        fast=decision.fast,
        contributions=decision.contributions,
        terms=state["fused"].terms,
        runner_up=decision.runner_up,
        prediction_set=decision.prediction_set,
        confidence=decision.confidence,
        abstained=decision.label is None,
        abstention_reason=decision.abstention_reason,
        valence=state["fused"].valence,
        arousal=state["fused"].arousal,
        mixed=decision.mixed,
        conflict=state["fused"].conflicts,
        hypotheses=tuple(rank_hypotheses(state)),
        checks=tuple(state.get("checks", [])),
        acts=tuple(state.get("acts", [])),
        judgement=next(iter(state.get("judgements", [])), None),
        review=decision.review,
        evidence=tuple(evidence),
        cases=tuple(state["cases"]),
        influence=state["influence"],
        rests_on=state["rests_on"],
        claims=tuple(state["claims"]),
        timeline=_timeline(evidence),
        utterances=decide_utterances(
            state.get("spoken", []), evidence, runtime.context.coverage
        ),
        explanation=" ".join(str(claim) for claim in state["claims"]),
        explanation_source=cast(Literal["llm", "template"], state["explained_by"]),
        modalities=state["modalities"],
        provenance=_provenance(state, runtime.context),
    )
    return {"verdict": verdict}


def _timeline(evidence: list[Evidence]) -> tuple[TimelineRow, ...]:
    """Rows in order of time; a closer look replaces the rows that it covers."""
    rows = [
        TimelineRow(
            modality=piece.modality,
            span=moment.span,
            distribution=moment.distribution,
        )
        for number, piece in enumerate(evidence)
        for moment in piece.timeline
        if not _replaced(moment.span, piece, evidence[number + 1 :])
    ]
    return tuple(sorted(rows, key=lambda row: (row.span.start, row.modality)))


def _replaced(moment: Span, piece: Evidence, later: list[Evidence]) -> bool:
    """Whether later moments of the same modality cover at least half of a moment."""
    covered = sum(
        newer.span.overlap(moment)
        for later_piece in later
        if later_piece.modality == piece.modality
        and later_piece.span.overlap(moment) > 0
        for newer in later_piece.timeline
    )
    return 0 < moment.seconds <= 2 * covered


def _provenance(state: VerdictState, context: Context) -> VerdictProvenance:
    sources = [piece.provenance for piece in state.get("evidence", [])]
    models = {source.model: source.sha256 for source in sources}
    case_notes = (
        f"the answer rests on case {name}: without what it adds it would be another"
        for name in state["rests_on"]
    )
    return VerdictProvenance(
        version=context.version,
        models=models | (context.reasoner.weights if context.reasoner else {}),
        reasoner=context.reasoner.name if context.reasoner else "none",
        settings={**context.settings, "memory": _memory_setting(state)},
        thread=context.thread,
        rounds=state.get("rounds", 0),
        stopped=state.get("stopped", ""),
        spent=state.get("spent", ModelUsage()),
        notes=(*context.notes, *state.get("notes", []), *case_notes),
        edits=context.edits,
    )


def _memory_setting(state: VerdictState) -> str:
    """How far recalled cases move the answer."""
    trust = state["fused"].trust
    if OWN in trust:
        return trust[OWN].measured_on
    return "cases that ship move it" if SEED in trust else _SEED_SHUT
