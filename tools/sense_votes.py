"""What each sense says of a clip, or of a part of it: the mean of its evidence."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from affectgraph.tools.emotions import Distribution, mean_distribution
from affectgraph.tools.evidence import Evidence, Span

_MIN_SECONDS = 0.5


class SenseVote(NamedTuple):
    """The mean vote of a modality, and its quality, in [0, 1]."""

    distribution: Distribution
    quality: float


def vote_by_modality(evidence: Sequence[Evidence]) -> dict[str, SenseVote]:
    """Distribution and quality of each modality, averaged over its evidence.

    A piece is weighted by quality and length, so that a closer look at a short span
    refines the answer about the whole clip and does not replace it. A closer look of
    lower quality than the first look does not count.
    """
    means = {}
    for name in dict.fromkeys(piece.modality for piece in evidence):
        votes = [
            (piece.distribution, piece.quality, _length(piece))
            for piece in _not_superseded([p for p in evidence if p.modality == name])
            if piece.distribution is not None
        ]
        weight = sum(quality * length for _, quality, length in votes)
        if weight > 0:
            length = sum(length for _, _, length in votes)
            mean = mean_distribution((d, q * seconds) for d, q, seconds in votes)
            means[name] = SenseVote(mean, weight / length)
    return means


def evidence_within(evidence: Sequence[Evidence], span: Span) -> Iterator[Evidence]:
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


def _not_superseded(pieces: Sequence[Evidence]) -> Iterator[Evidence]:
    """The pieces of one sense that no other piece supersedes.

    Pieces of the longest span, as all of a text are, cannot be superseded and are not
    compared: a text of thousands of passages would take millions of comparisons.
    """
    longest = max(piece.span.seconds for piece in pieces)
    votes = [piece for piece in pieces if piece.distribution is not None]
    for piece in pieces:
        if piece.span.seconds == longest or not any(
            _supersedes(vote, piece) for vote in votes
        ):
            yield piece


def _supersedes(vote: Evidence, piece: Evidence) -> bool:
    """Whether a vote covers a piece with a longer span and has a higher quality."""
    covers = vote.span.start <= piece.span.start and piece.span.end <= vote.span.end
    longer = vote.span.seconds > piece.span.seconds
    return covers and longer and vote.quality > piece.quality


def _length(piece: Evidence) -> float:
    return max(piece.span.seconds, _MIN_SECONDS)
