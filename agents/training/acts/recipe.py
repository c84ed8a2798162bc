"""Training recipe of the table of acts: `affectgraph train acts`.

Each labelled take is perceived and pooled; then every act that can move the pool is
done on it alone, and its gain in log loss and its cost are recorded. The table holds
their means by situation, whether they pay or not. `tests/benchmarks/takes.py` composes
such takes; any manifest of `affectgraph evaluate` will do.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.evaluation.bootstrap import mean_interval
from affectgraph.agents.evaluation.manifest import read_manifest
from affectgraph.agents.evaluation.run import open_clip
from affectgraph.graphs.schema import Act, ActKind, Fused
from affectgraph.graphs.verdict.act_table import ActRow, ActTable
from affectgraph.graphs.verdict.calibration import situation
from affectgraph.graphs.verdict.graph import graph
from affectgraph.graphs.verdict.nodes.perceive import look_again
from affectgraph.graphs.verdict.parameters import ANY_SITUATION
from affectgraph.graphs.verdict.reason.choice import possible_acts
from affectgraph.graphs.verdict.reason.verify import pool_again
from affectgraph.graphs.verdict.state import Context, VerdictInput, VerdictState
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io.atomic_write import atomic_write_text

# A second of CPU is worth this many nats: a look that takes a second must gain one
# per cent in the probability of the right label.
_NATS_A_SECOND = 0.01
# Fewer takes of a situation are not told apart from the others: of many small groups,
# some gain by chance.
_MIN_TAKES = 100
_MIN_PROBABILITY = 1e-6


class RecordedAct(NamedTuple):
    """One act on one take: its gain in nats, cost in CPU seconds, and what changed."""

    kind: ActKind
    sense: str
    situation: str
    group: str
    gain: float
    seconds: float
    changed_label: bool


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Record acts on labelled takes, print their gains, and write `acts.json`.

    Args:
        data: A folder with `manifest.csv`.
        out: Folder of `acts.json`.
        seed: Not used; nothing here is random.
    """
    rows = read_manifest(data / "manifest.csv")
    agent, takes = EmotionAgent(llm=None), 0
    recorded: list[RecordedAct] = []
    for row in rows:
        try:
            context = agent.context(open_clip(row, rows))
            recorded += record_acts(context, row.label, row.group)
        except AffectgraphError as error:
            print(f"row {row.number}: {error}")
            continue
        takes += 1
    if not recorded:
        raise SettingError(f"{data}: no act was possible on any clip")
    table = ActTable(
        nats_a_second=_NATS_A_SECOND,
        measured_on=f"{takes} composed takes of development material",
        rows=tuple(_rows(recorded)),
    )
    _print(table, recorded)
    atomic_write_text(out / "acts.json", f"{table.model_dump_json(indent=1)}\n")


def record_acts(context: Context, label: str, group: str) -> Iterator[RecordedAct]:
    """Do every act on one clip, each on its own; the label stays outside the graph."""
    state = _reasoned(context)
    before = state["fused"]
    for act in possible_acts(state, context):
        started = time.process_time()
        after = _after(act, state, context)
        yield RecordedAct(
            kind=act.kind,
            sense=act.sense,
            situation=situation(before),
            group=group,
            gain=_log_probability(after, label) - _log_probability(before, label),
            seconds=time.process_time() - started,
            changed_label=top_emotion(after.distribution)
            != top_emotion(before.distribution),
        )


def _reasoned(context: Context) -> VerdictState:
    """The state after reasoning without any act."""
    start = VerdictInput(clip=context.clip.info)
    state: VerdictState = {}
    for state in graph.stream(start, context=context, stream_mode="values"):  # type: ignore[assignment]
        if "hypotheses" in state:
            break
    return state


def _after(act: Act, state: VerdictState, context: Context) -> Fused:
    """The pool after an act."""
    if act.kind == "leave out":
        return pool_again({**state, "left_out": [act.sense]})
    tool = next(p.tool for p in state["evidence"] if p.modality == act.sense)
    assert act.span is not None
    found = look_again(context, tool, act.span, state["evidence"]).evidence
    return pool_again({**state, "evidence": [*state["evidence"], *found]})


def _log_probability(fused: Fused, label: str) -> float:
    return log(max(fused.distribution[label], _MIN_PROBABILITY))


def _rows(recorded: Sequence[RecordedAct]) -> Iterator[ActRow]:
    groups: Mapping[tuple[ActKind, str, str], list[RecordedAct]] = defaultdict(list)
    for each in recorded:
        for name in (each.situation, ANY_SITUATION):
            groups[each.kind, each.sense, name].append(each)
    for (kind, sense, name), some in sorted(groups.items()):
        if len(some) < _MIN_TAKES and name != ANY_SITUATION:
            continue
        gain = mean_interval(
            np.array([each.gain for each in some]), [each.group for each in some]
        )
        yield ActRow(
            kind=kind,
            sense=sense,
            situation=name,
            n=len(some),
            gain=round(gain.value, 4),
            low=round(gain.low, 4),
            high=round(gain.high, 4),
            seconds=round(float(np.mean([each.seconds for each in some])), 4),
        )


def _print(table: ActTable, recorded: Sequence[RecordedAct]) -> None:
    for row in table.rows:
        pays = "pays" if table.pays(row) else "does not pay"
        print(
            f"{row.kind} {row.sense}, {row.situation}: n {row.n}, gain {row.gain:+.4f} "
            f"[{row.low:+.4f}, {row.high:+.4f}] nats, {row.seconds:.3f} CPU s; {pays}"
        )
    for kind in sorted({each.kind for each in recorded}):
        some = [each for each in recorded if each.kind == kind]
        changed = sum(each.changed_label for each in some)
        print(f"{kind}: {len(some)} acts, {changed} changed the label")
