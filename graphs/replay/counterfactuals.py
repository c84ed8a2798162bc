"""Counterfactuals: the smallest changes of evidence that give another label.

Fusion is cheap, so it proposes the changes; the whole graph then confirms each.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, product

from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import what_if
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import Memory
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Frozen

_GRID_STEPS = 100
# Description, ids of the changed evidence, amount, and all edits.
_Candidate = tuple[str, tuple[str, ...], float, Edits]


class Counterfactual(Frozen):
    """A change that gives the verdict another label.

    Attributes:
        edits: All edits, those made before included.
        description: The change: `without face`, or `ID.NAME=VALUE` as in `Edits`.
        cites: Ids of the changed evidence.
        amount: Size of the change in [0, 1]: of a quality, or of the probabilities; 1
            if a sense is left out.
        verdict: The verdict after the change.
    """

    edits: Edits
    description: str
    cites: tuple[str, ...]
    amount: float
    verdict: Verdict


def counterfactuals(
    run: RecordedRun, edits: Edits, *, memory: Memory | None = None
) -> list[Counterfactual]:
    """The smallest change of each kind that gives another label.

    The kinds are: senses to leave out, as few as possible, in every combination; the
    quality of one piece of evidence; and the probabilities of one piece, moved towards
    one emotion. The language model is not called.

    Args:
        run: The recorded run.
        edits: Edits made before.
        memory: Memory for new searches, if another emotion leads.

    Returns:
        Those that the whole graph confirms; empty if there are none.
    """
    verdict = what_if(run, edits, memory=memory).verdict

    def confirm(candidates: Iterable[_Candidate]) -> Iterator[Counterfactual]:
        for description, cites, amount, changed in candidates:
            after = what_if(run, changed, memory=memory).verdict
            if after.label != verdict.label:
                yield Counterfactual(
                    edits=changed,
                    description=description,
                    cites=cites,
                    amount=amount,
                    verdict=after,
                )

    confirmed: list[Counterfactual] = []
    senses = tuple(pool(verdict.evidence).by_modality)
    for size in range(1, len(senses)):
        groups = combinations(senses, size)
        confirmed += confirm(_without_senses(edits, verdict, names) for names in groups)
        if confirmed:
            break
    for candidates in (_quality_edits(edits, verdict), _vote_edits(edits, verdict)):
        by_amount = sorted(candidates, key=lambda candidate: candidate[2])
        confirmed += islice(confirm(by_amount), 1)
    return confirmed


def _without_senses(
    edits: Edits, verdict: Verdict, names: tuple[str, ...]
) -> _Candidate:
    cites = tuple(p.id for p in verdict.evidence if p.modality in names)
    changed = edits.model_copy(update={"without": (*edits.without, *names)})
    return f"without {' and '.join(names)}", cites, 1.0, changed


def _quality_edits(edits: Edits, verdict: Verdict) -> Iterator[_Candidate]:
    """For each voting piece, the nearest quality that changes the fused label."""
    for piece in _voting_pieces(verdict):
        grid = [step / _GRID_STEPS for step in range(_GRID_STEPS + 1)]
        grid.sort(key=lambda quality: abs(quality - piece.quality))
        for quality in grid:
            changed = piece.model_copy(update={"quality": quality})
            if _changes_label(verdict, changed):
                amount = abs(quality - piece.quality)
                yield _value_edit(edits, piece, "quality", f"{quality:.2f}", amount)
                break


def _vote_edits(edits: Edits, verdict: Verdict) -> Iterator[_Candidate]:
    """For each voting piece and emotion, the smallest move that changes the label."""
    for piece, emotion in product(_voting_pieces(verdict), BASIC_EMOTIONS):
        amount = _smallest_move(verdict, piece, emotion)
        if amount is not None:
            vote = _move_vote(piece, emotion, amount).distribution or {}
            shares = ",".join(f"{e}:{share:.3f}" for e, share in vote.items())
            yield _value_edit(edits, piece, "distribution", shares, amount)


def _smallest_move(verdict: Verdict, piece: Evidence, emotion: str) -> float | None:
    """The smallest such move, by bisection: moving further never changes it back."""
    if not _changes_label(verdict, _move_vote(piece, emotion, 1.0)):
        return None
    low, high = 0, _GRID_STEPS
    while high - low > 1:
        middle = (low + high) // 2
        changes = _changes_label(
            verdict, _move_vote(piece, emotion, middle / _GRID_STEPS)
        )
        low, high = (low, middle) if changes else (middle, high)
    return high / _GRID_STEPS


def _voting_pieces(verdict: Verdict) -> Sequence[Evidence]:
    return [piece for piece in verdict.evidence if piece.distribution is not None]


def _move_vote(piece: Evidence, emotion: str, amount: float) -> Evidence:
    """The piece, its vote moved towards an emotion by an amount in [0, 1]."""
    vote = {
        e: (1 - amount) * share + amount * (e == emotion)
        for e, share in (piece.distribution or {}).items()
    }
    return piece.model_copy(update={"distribution": vote})


def _changes_label(verdict: Verdict, changed: Evidence) -> bool:
    evidence = [changed if p.id == changed.id else p for p in verdict.evidence]
    return top_emotion(pool(evidence).distribution) != top_emotion(verdict.distribution)


def _value_edit(
    edits: Edits, piece: Evidence, name: str, value: str, amount: float
) -> _Candidate:
    target = f"{piece.id}.{name}"
    changed = edits.model_copy(update={"values": {**edits.values, target: value}})
    return f"{target}={value}", (piece.id,), amount, changed
