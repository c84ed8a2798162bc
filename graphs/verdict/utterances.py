"""The answer for each utterance, from the evidence in it."""

from collections.abc import Sequence

from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.sense_votes import evidence_within
from affectgraph.tools.transcript.words import SpokenSpan


def decide_utterances(
    spoken: Sequence[SpokenSpan], evidence: Sequence[Evidence], coverage: float
) -> tuple[Utterance, ...]:
    """Decide each utterance as if it were a clip of its own.

    A silence is one only where a face is seen.

    Args:
        spoken: Who says what, and when.
        evidence: Of the whole clip.
        coverage: Of the prediction sets.
    """
    parts = ((s, list(evidence_within(evidence, s.span))) for s in spoken)
    return tuple(
        _decide(stretch, pieces, coverage)
        for stretch, pieces in parts
        if pieces or stretch.person
    )


def _decide(spoken: SpokenSpan, evidence: list[Evidence], coverage: float) -> Utterance:
    fused = pool(evidence)
    decision = decide({"fused": fused, "evidence": evidence}, coverage)
    return Utterance(
        start=spoken.span.start,
        end=spoken.span.end,
        person=spoken.person,
        words=spoken.words,
        label=decision.label,
        distribution=decision.distribution,
        prediction_set=decision.prediction_set,
        confidence=decision.confidence,
        valence=fused.valence,
        arousal=fused.arousal,
        conflict=max((c.amount for c in fused.conflicts), default=None),
        evidence=tuple(piece.id for piece in evidence),
    )
