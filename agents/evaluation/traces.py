"""What a verdict was beside its answer: its set, its explanation, and what it cost."""

import time
from collections.abc import Callable
from typing import Any

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.schema import ModelUsage, Verdict
from affectgraph.graphs.verdict.nodes.fuse import pool
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Frozen

_DROPPED = "a claim was dropped"


class Trace(Frozen):
    """What is kept of one verdict; no word of the clip is among it.

    Attributes:
        clip: SHA-256 of the clip.
        seconds: Its length.
        present: Modalities that gave evidence.
        prediction_set: Labels among which the right one should be.
        claims: Sentences of the explanation.
        standing: Those of them that pass the checker once more.
        dropped: Sentences that did not pass it, and were dropped.
        by_model: The language model wrote the explanation.
        lost: By how much the answer's probability falls without the senses that the
            claims for it cite (comprehensiveness); None where none is cited.
        lacking: By how much it falls with those senses alone (sufficiency).
        spent: What the language model used.
        cpu: CPU seconds of the run.
        wall: Seconds of the run.
        models: Model name to SHA-256 of its weights.
        reasoner: Name of the language model, or `none`.
        settings: What the run was asked to do.
        version: Of affectgraph.
    """

    clip: str
    seconds: float
    present: tuple[str, ...]
    prediction_set: tuple[str, ...]
    claims: int
    standing: int
    dropped: int
    by_model: bool
    lost: float | None
    lacking: float | None
    spent: ModelUsage
    cpu: float
    wall: float
    models: dict[str, str]
    reasoner: str
    settings: dict[str, Any]
    version: str


def traced(run: Callable[[], Verdict]) -> tuple[Verdict, Trace]:
    """The verdict of a run, and its trace."""
    cpu, wall = time.process_time(), time.perf_counter()
    verdict = run()
    return verdict, _trace(
        verdict, time.process_time() - cpu, time.perf_counter() - wall
    )


def _trace(verdict: Verdict, cpu: float, wall: float) -> Trace:
    evidence = {piece.id: piece for piece in verdict.evidence}
    cases = {f"C{number}": case for number, case in enumerate(verdict.cases, 1)}
    leading, record = top_emotion(verdict.distribution), verdict.provenance
    problems = [claim_problem(one, evidence, cases, leading) for one in verdict.claims]
    lost, lacking = _rests(verdict, leading)
    return Trace(
        clip=verdict.clip.sha256,
        seconds=verdict.clip.seconds,
        present=tuple(m for m, s in verdict.modalities.items() if s.state == "present"),
        prediction_set=verdict.prediction_set,
        claims=len(problems),
        standing=problems.count(""),
        dropped=sum(note.startswith(_DROPPED) for note in record.notes),
        by_model=verdict.explanation_source == "llm",
        lost=lost,
        lacking=lacking,
        spent=record.spent,
        cpu=cpu,
        wall=wall,
        models=record.models,
        reasoner=record.reasoner,
        settings=record.settings,
        version=record.version,
    )


def _rests(verdict: Verdict, leading: str) -> tuple[float | None, float | None]:
    """How far the answer rests on the senses that speak for it in the explanation."""
    cites = {name for claim in verdict.claims if claim.supports for name in claim.cites}
    cited = {piece.modality for piece in verdict.evidence if piece.id in cites}
    if not cited:
        return None, None
    others = verdict.modalities.keys() - cited
    whole, without, alone = (
        pool(verdict.evidence, left_out).distribution[leading]
        for left_out in ((), cited, others)
    )
    return whole - without, whole - alone
