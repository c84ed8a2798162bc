"""What would turn a verdict: the smallest changes of its evidence, computed.

Fusion is cheap, so it looks for the changes; each is then confirmed by the whole graph.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import what_if
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.nodes.fuse import pool
from affectgraph.memory import Memory
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Frozen

_STEPS = 100


class Counterfactual(Frozen):
    """A change that gives the verdict another label.

    Attributes:
        edits: What to change, with what is changed already.
        told: The change alone: `without face`, or `ID.NAME=VALUE` as in `Edits`.
        cites: Ids of the evidence that is changed.
        amount: How much of the evidence is changed, in [0, 1]: of a quality or of the
            probabilities; 1 where a sense is left out.
        verdict: What it comes to then.
    """

    edits: Edits
    told: str
    cites: tuple[str, ...]
    amount: float
    verdict: Verdict


def counterfactuals(
    run: RecordedRun, edits: Edits, *, memory: Memory | None = None
) -> list[Counterfactual]:
    """The smallest change of each kind that turns a verdict; none where none does.

    The fewest senses to leave out, in every way; the quality of one piece of evidence;
    and the probabilities of one, moved towards one emotion. No language model is asked.

    Args:
        run: The recorded run.
        edits: What is changed already.
        memory: For cases, where another emotion leads.

    Raises:
        SettingError: If an edit does not fit the run.
        RecordingError: If the run cannot be replayed.
    """
    verdict = what_if(run, edits, memory=memory).verdict

    def confirmed(tries: Iterable[_Try]) -> Iterator[Counterfactual]:
        for told, cites, amount, changed in tries:
            after = what_if(run, changed, memory=memory).verdict
            if after.label != verdict.label:
                yield Counterfactual(
                    edits=changed, told=told, cites=cites, amount=amount, verdict=after
                )

    found: list[Counterfactual] = []
    senses = tuple(pool(verdict.evidence).by_modality)
    for size in range(1, len(senses)):
        groups = combinations(senses, size)
        found += confirmed(_left_out(edits, verdict, names) for names in groups)
        if found:
            break
    for tries in (_qualities(edits, verdict), _votes(edits, verdict)):
        ordered = sorted(tries, key=lambda one: one[2])
        found += [one for one in [next(confirmed(ordered), None)] if one]
    return found


_Try = tuple[str, tuple[str, ...], float, Edits]


def _left_out(edits: Edits, verdict: Verdict, names: tuple[str, ...]) -> _Try:
    cites = tuple(p.id for p in verdict.evidence if p.modality in names)
    changed = edits.model_copy(update={"without": (*edits.without, *names)})
    return f"without {' and '.join(names)}", cites, 1.0, changed


def _qualities(edits: Edits, verdict: Verdict) -> Iterator[_Try]:
    """For each voting piece the nearest quality at which fusion says otherwise."""
    for piece in _voting(verdict):
        grid = [step / _STEPS for step in range(_STEPS + 1)]
        grid.sort(key=lambda quality: abs(quality - piece.quality))
        for quality in grid:
            changed = piece.model_copy(update={"quality": quality})
            if _turned(verdict, changed):
                amount = abs(quality - piece.quality)
                yield _set(edits, piece, "quality", f"{quality:.2f}", amount)
                break


def _votes(edits: Edits, verdict: Verdict) -> Iterator[_Try]:
    """For each voting piece and emotion the least move towards it that turns fusion."""
    for piece, emotion in product(_voting(verdict), BASIC_EMOTIONS):
        amount = _least(verdict, piece, emotion)
        if amount is not None:
            vote = _moved(piece, emotion, amount).distribution or {}
            shares = ",".join(f"{e}:{share:.3f}" for e, share in vote.items())
            yield _set(edits, piece, "distribution", shares, amount)


def _least(verdict: Verdict, piece: Evidence, emotion: str) -> float | None:
    """The least such move; going on towards one emotion never turns back."""
    if not _turned(verdict, _moved(piece, emotion, 1.0)):
        return None
    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        turned = _turned(verdict, _moved(piece, emotion, middle / _STEPS))
        low, high = (low, middle) if turned else (middle, high)
    return high / _STEPS


def _voting(verdict: Verdict) -> Sequence[Evidence]:
    return [piece for piece in verdict.evidence if piece.distribution is not None]


def _moved(piece: Evidence, emotion: str, amount: float) -> Evidence:
    """The piece, its vote moved towards an emotion by an amount in [0, 1]."""
    vote = {
        e: (1 - amount) * share + amount * (e == emotion)
        for e, share in (piece.distribution or {}).items()
    }
    return piece.model_copy(update={"distribution": vote})


def _turned(verdict: Verdict, changed: Evidence) -> bool:
    evidence = [changed if p.id == changed.id else p for p in verdict.evidence]
    return top_emotion(pool(evidence).distribution) != top_emotion(verdict.distribution)


def _set(edits: Edits, piece: Evidence, name: str, value: str, amount: float) -> _Try:
    target = f"{piece.id}.{name}"
    changed = edits.model_copy(update={"values": {**edits.values, target: value}})
    return f"{target}={value}", (piece.id,), amount, changed
