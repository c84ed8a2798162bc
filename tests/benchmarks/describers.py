"""Which describer is worth it: `python tests/benchmarks/describers.py EMER WHEELS`.

    python tests/benchmarks/describers.py emer.jsonl WHEELS --llm none --llm embedded

To be run before a large augmentation. The augmentation graph describes the clips that
EMER's annotators described, with facts alone (`none`) or a language model, from the
sentences that do not conclude (see `reading.py`); printed are the set-level F of its
open labels against theirs, as `affectgraph score` has it, and CPU seconds a clip.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from reading import PARTS, half_of, labelled, sense, show

from affectgraph.agents import EmotionAgent
from affectgraph.agents.evaluation import scoring
from affectgraph.graphs.augment.nodes import builder
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.tools.clip import Clip


def described(llm: str, rows: list[dict[str, Any]]) -> tuple[dict[str, Any], float]:
    """Labels by name, and CPU seconds a row, the loading of models left out."""
    tools = [sense(name, name[0].upper(), True) for name in PARTS]
    agent = EmotionAgent(llm=None if llm == "none" else llm, tools=tools)
    told, seconds = {}, 0.0
    for number, row in enumerate([rows[0], *rows]):
        clip = Clip.open(text=row["clues_en"])
        graph = builder.compile(checkpointer=open_saver(None))
        context = agent.context(clip)
        started = time.process_time()
        config: Any = {"configurable": {"thread_id": row["name"]}}
        graph.invoke({"clip": clip.info}, config, context=context, durability="exit")
        seconds += (time.process_time() - started) * bool(number)
        labels = graph.get_state(config).values["labelled"].labels
        # The last is the closed label, which without votes is none.
        told[row["name"]] = labels[:-1] or labels
    return told, seconds / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emer", type=Path)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("--llm", action="append")
    parser.add_argument("--rows", type=int)
    chosen = parser.parse_args()
    wheels = scoring.read_wheels(chosen.wheels)
    every = [json.loads(line) for line in chosen.emer.read_text().splitlines()]
    rows = [row for row in every if half_of(row) == "report"][: chosen.rows]
    gold = labelled(rows, {row["name"]: row["labels"] for row in rows})
    for llm in chosen.llm or ["none", "embedded:smollm2-135m", "embedded"]:
        told, seconds = described(llm, rows)
        show(llm, gold, labelled(rows, told), wheels)
        print(f"    {seconds:.1f} CPU s a clip", flush=True)


if __name__ == "__main__":
    main()
