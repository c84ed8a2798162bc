"""Explanations beside what they cite: `python tests/benchmarks/explanations.py DATA`.

    python tests/benchmarks/explanations.py DATA --llm none --each 6
    python tests/benchmarks/explanations.py DATA --llm embedded --verdicts OUT

Does an explanation say what the evidence does not? No program can tell for sure: print
these and read them. A JSON line a clip holds the verdict's label, every claim with the
side that it takes, the evidence it cites, word for word and with the stance of that
evidence, what is wrong with it by the checker of today, and the notes. Clips are the
demo, recordings of CREMA-D, voices of RAVDESS and lines of MELD (`DATA` in the shared
layout); with `--verdicts` also what `decision.py DATA OUT` kept of composed takes.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectgraph.agents import Clip, EmotionAgent, Verdict
from affectgraph.agents.cli.demo import demo_clip
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.verdict.state import Budget
from affectgraph.tools.emotions import top_emotion

# A busy machine must not cut an explanation short.
PATIENT = 36_000.0


def clips(data: Path, each: int, first: int) -> Iterator[tuple[str, Clip]]:
    """So many of every kind, spread over its set, from its `first` on."""
    if first == 0:
        yield "demo", demo_clip()
    recordings = sorted((data / "clips").glob("*.flv"))
    voices = spread(sorted((data / "speech" / "ravdess").glob("*.ogg")), each, first)
    for file in [*recordings[first : first + each], *voices]:
        yield file.stem, Clip.open(file)
    with (data / "text" / "meld_dev.csv").open(encoding="utf-8", newline="") as lines:
        told = [row["Utterance"] for row in csv.DictReader(lines)]
    long = [line for line in told if len(line.split()) > 5]
    for line in spread(long, each, first):
        yield "meld", Clip.open(text=line)


def spread(things: list[Any], each: int, first: int) -> list[Any]:
    step = max(1, len(things) // max(1, each))
    return things[first::step][:each]


def kept(folder: Path, name: str) -> Iterator[tuple[str, Verdict]]:
    """Verdicts about composed takes that this language model has explained."""
    file = folder / f"verdicts-{name.replace(':', '-')}.jsonl"
    for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        yield f"{row['kind']} {row['number']}", Verdict.model_validate(row["verdict"])


def told(source: str, verdict: Verdict) -> dict[str, Any]:
    """What there is to read about a verdict."""
    evidence = {piece.id: piece for piece in verdict.evidence}
    cases = {f"C{n}": case for n, case in enumerate(verdict.cases, 1)}
    label = verdict.label or top_emotion(verdict.distribution)
    return {
        "source": source,
        "label": verdict.label,
        "leading": label,
        "by": verdict.explanation_source,
        "claims": [
            {
                "text": claim.text,
                "side": "for" if claim.supports else "against",
                "cites": {
                    name: f"{piece.observation} ({stance(piece, label)})"
                    for name in claim.cites
                    if (piece := evidence.get(name))
                },
                "claim_problem": claim_problem(claim, evidence, cases, label),
            }
            for claim in verdict.claims
        ],
        "notes": verdict.provenance.notes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--llm", default="none")
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--verdicts", type=Path)
    chosen = parser.parse_args()
    for source, verdict in kept(chosen.verdicts, chosen.llm) if chosen.verdicts else ():
        print(json.dumps(told(source, verdict), ensure_ascii=False), flush=True)
    llm = None if chosen.llm == "none" else chosen.llm
    agent = EmotionAgent(llm=llm, budget=Budget(seconds=PATIENT))
    for source, clip in clips(chosen.data, chosen.each, chosen.first):
        row = told(source, agent.analyze(clip))
        print(json.dumps(row, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
