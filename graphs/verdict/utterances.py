"""The answer for each utterance, from the evidence in it."""

from collections.abc import Iterator, Sequence

from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.emotions import mean_distribution
from affectgraph.tools.evidence import Evidence, Span
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
    parts = ((s, list(_within(evidence, s.span))) for s in spoken)
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


def _within(evidence: Sequence[Evidence], span: Span) -> Iterator[Evidence]:
    """The evidence about a span; of what is mostly outside it, the moments in it."""
    for piece in evidence:
        if _lies_in(piece.span, span):
            yield piece
        elif moments := [m for m in piece.timeline if m.span.overlap(span) > 0]:
            votes = ((m.distribution, m.span.overlap(span)) for m in moments)
            part = Span(
                start=max(span.start, moments[0].span.start),
                end=min(span.end, moments[-1].span.end),
            )
            update = {"span": part, "distribution": mean_distribution(votes)}
            yield piece.model_copy(update=update)


def _lies_in(part: Span, whole: Span) -> bool:
    middle = whole.start <= part.middle <= whole.end
    return middle and 2 * part.overlap(whole) >= part.seconds
