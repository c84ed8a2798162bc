"""What an evaluation records of each verdict: set, explanation, and cost."""

import time
from collections.abc import Callable
from typing import Any

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.schema import ModelUsage, Verdict
from affectgraph.graphs.verdict.claim_facts import facts_of
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.evidence import Frozen

# Of the note that the graph makes when a claim fails its check.
_DROPPED_NOTE = "a claim was dropped"


class VerdictTrace(Frozen):
    """Record of one verdict, without any words of the clip.

    Attributes:
        clip: SHA-256 of the clip.
        seconds: Duration of the clip.
        present: Modalities that gave evidence.
        prediction_set: Labels that should include the right one.
        claims: Number of sentences of the explanation.
        verified: Number of these that pass the claim checker again.
        dropped: Number of sentences that the graph dropped, since they failed it.
        by_model: Whether the language model wrote the explanation.
        comprehensiveness: By how much the answer's probability falls without the
            senses that supporting claims cite; None if they cite none (DeYoung et al.
            2020).
        sufficiency: By how much it falls with those senses alone.
        usage: Of the language model.
        cpu: CPU seconds of the run.
        wall: Seconds of the run.
        models: Model name to SHA-256 of its weights.
        reasoner: Name of the language model, or `none`.
        settings: Of the run.
        version: Of affectgraph.
    """

    clip: str
    seconds: float
    present: tuple[str, ...]
    prediction_set: tuple[str, ...]
    claims: int
    verified: int
    dropped: int
    by_model: bool
    comprehensiveness: float | None
    sufficiency: float | None
    usage: ModelUsage
    cpu: float
    wall: float
    models: dict[str, str]
    reasoner: str
    settings: dict[str, Any]
    version: str


def run_traced(run: Callable[[], Verdict]) -> tuple[Verdict, VerdictTrace]:
    """Return the verdict of a run, and its trace."""
    cpu, wall = time.process_time(), time.perf_counter()
    verdict = run()
    return verdict, _trace(
        verdict, time.process_time() - cpu, time.perf_counter() - wall
    )


def _trace(verdict: Verdict, cpu: float, wall: float) -> VerdictTrace:
    facts, record = facts_of(verdict), verdict.provenance
    answer = facts.leading
    problems = [claim_problem(claim, facts) for claim in verdict.claims]
    comprehensiveness, sufficiency = _faithfulness(verdict, answer)
    return VerdictTrace(
        clip=verdict.clip.sha256,
        seconds=verdict.clip.seconds,
        present=tuple(m for m, s in verdict.modalities.items() if s.state == "present"),
        prediction_set=verdict.prediction_set,
        claims=len(problems),
        verified=problems.count(""),
        dropped=sum(note.startswith(_DROPPED_NOTE) for note in record.notes),
        by_model=verdict.explanation_source == "llm",
        comprehensiveness=comprehensiveness,
        sufficiency=sufficiency,
        usage=record.spent,
        cpu=cpu,
        wall=wall,
        models=record.models,
        reasoner=record.reasoner,
        settings=record.settings,
        version=record.version,
    )


def _faithfulness(verdict: Verdict, answer: str) -> tuple[float | None, float | None]:
    """Measure how much the answer depends on the senses that support it in claims."""
    ids = {
        name for claim in verdict.claims if claim.side == "for" for name in claim.cites
    }
    cited = {piece.modality for piece in verdict.evidence if piece.id in ids}
    if not cited:
        return None, None
    uncited = verdict.modalities.keys() - cited
    full, without_cited, cited_alone = (
        pool(verdict.evidence, left_out).distribution[answer]
        for left_out in ((), cited, uncited)
    )
    return full - without_cited, full - cited_alone
