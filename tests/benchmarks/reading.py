"""How well the graph reads evidence: `python tests/benchmarks/reading.py EMER WHEELS`.

    python tests/benchmarks/reading.py emer.jsonl WHEELS --llm none --llm embedded

EMER (Lian et al. 2023) describes what people saw, heard and read in a clip; three
senses turn a description into evidence, and the open labels of the verdict are scored
as `affectgraph score` does. Half of the rows was used for tuning; the other half is
reported (`--half report`). Descriptions often end in a conclusion that names the
emotion; `--observed` leaves such sentences out. With `--alone` the language model names
the emotions of every row, whatever words the descriptions use. Answers are kept in
`--answers`, and a run that was cut off goes on there.
"""

import argparse
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from affectgraph.agents import EmotionAgent
from affectgraph.agents.evaluation import scoring
from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.verdict.reason.propose import Expressed
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.perception import PerceptionTool, perception_tool

MOST_CHARACTERS = 600
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[a-z]\.)(?=[A-Z])")
PARTS = {
    "visual": re.compile(r"^(?:Input: )?In the video\b", re.I),
    "acoustic": re.compile(r"^In the audio\b", re.I),
    "subtitle": re.compile(r"^In the text\b", re.I),
}
CONCLUDES = re.compile(
    r"\b(?:infer|deduce|conclude|therefore|based on|combin|overall|suggest|support"
    r"|indicat|imply|implies|reflect|convey|express)",
    re.I,
)


def parts_of(description: str, observed: bool) -> dict[str, list[str]]:
    """Sentences by the sense that they speak of; conclusions follow the subtitle."""
    # Some rows hold their text twice, as input and as output of a rewriting.
    *_, text = description.split(" Output: ")
    found: dict[str, list[str]] = {name: [] for name in PARTS}
    current = "visual"
    for sentence in SENTENCE.split(text):
        opened = [name for name, begins in PARTS.items() if begins.match(sentence)]
        current = opened[0] if opened else current
        if sentence and not (observed and CONCLUDES.search(sentence)):
            found[current].append(sentence)
    return found


def pieces(sentences: Sequence[str]) -> Iterator[str]:
    """Sentences packed into observations."""
    packed = ""
    for sentence in (s[:MOST_CHARACTERS] for s in sentences):
        if packed and len(packed) + 1 + len(sentence) > MOST_CHARACTERS:
            yield packed
            packed = ""
        packed = f"{packed} {sentence}".strip()
    if packed:
        yield packed


def sense(modality: str, prefix: str, observed: bool) -> PerceptionTool:
    def read(clip: Clip, span: Span) -> list[Evidence]:
        return [
            Evidence(
                span=span,
                observation=observation,
                quality=0.8,
                provenance=Provenance(model="EMER annotators"),
            )
            for observation in pieces(parts_of(clip.text or "", observed)[modality])
        ]

    read.__name__ = modality
    return perception_tool(modality=modality, prefix=prefix, needs="words")(read)


def half_of(row: dict[str, Any]) -> str:
    digest = hashlib.sha256(row["name"].encode()).digest()
    return "report" if digest[-1] % 2 else "tune"


def labelled(rows: Sequence[dict[str, Any]], labels: dict[str, Any]) -> dict[str, Any]:
    return {
        row["name"]: scoring.LabelRow(
            number=number,
            name=row["name"],
            labels=scoring.parse_labels(labels[row["name"]]),
        )
        for number, row in enumerate(rows, 1)
        if row["name"] in labels
    }


Reader = Callable[[str], tuple[Sequence[str], int]]


def by_graph(llm: str, tools: list[PerceptionTool]) -> Reader:
    """Labels of the verdict, and calls of the language model."""
    agent = EmotionAgent(llm=None if llm == "none" else llm, tools=tools)

    def read(text: str) -> tuple[Sequence[str], int]:
        verdict = agent.analyze(text=text)
        return verdict.labels, verdict.provenance.spent.calls

    return read


def by_model(llm: str, tools: list[PerceptionTool]) -> Reader:
    """What the language model names, asked as the graph asks where words are few."""
    reasoner = Reasoner(models.chat_model(llm), llm)

    def read(text: str) -> tuple[Sequence[str], int]:
        clip = Clip.open(text=text)
        told = [piece for tool in tools for piece in tool.perceive(clip, clip.span)]
        context = render_prompt(
            "context", evidence=format_evidence(select_salient(told))
        )
        answer = reasoner.ask(context, render_prompt("name"), Expressed)
        return answer.reply.expressed if answer.reply else (), answer.spent.calls

    return read


def answered(
    llm: str, rows: Sequence[dict[str, Any]], chosen: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    """The answers of one reasoner, those that are missing made and kept."""
    chosen.answers.touch()
    how = {"llm": llm, "observed": chosen.observed, "alone": chosen.alone}
    kept = [json.loads(line) for line in chosen.answers.read_text().splitlines()]
    known = {a["name"]: a for a in kept if all(a[k] == v for k, v in how.items())}
    tools = [sense(name, name[0].upper(), chosen.observed) for name in PARTS]
    read = (by_model if chosen.alone else by_graph)(llm, tools)
    for row in rows:
        if row["name"] in known:
            continue
        started = time.process_time()
        labels, calls = read(row["clues_en"])
        answer = {
            **how,
            "name": row["name"],
            "labels": labels,
            "seconds": time.process_time() - started,
            "calls": calls,
        }
        with chosen.answers.open("a") as file:
            file.write(json.dumps(answer) + "\n")
        known[row["name"]] = answer
    return {row["name"]: known[row["name"]] for row in rows}


def show(what: str, gold: dict[str, Any], told: dict[str, Any], wheels: Any) -> None:
    report = scoring.score(gold, {n: told[n] for n in gold}, "ov", wheels)
    cells = [
        f"{name} {figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"
        for name, figure in report.figures.items()
    ]
    size = report.sizes["predicted_labels"]
    print(f"{what}: {', '.join(cells)}, {size:.1f} labels, n {report.n_scored}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emer", type=Path)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("--llm", action="append")
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--forms", choices=("2025", "2026"), default="2026")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--observed", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--answers", type=Path, default=Path("reading.jsonl"))
    chosen = parser.parse_args()
    wheels = scoring.read_wheels(chosen.wheels, chosen.forms)
    every = [json.loads(line) for line in chosen.emer.read_text().splitlines()]
    rows = [row for row in every if half_of(row) == chosen.half][: chosen.rows]
    gold = labelled(rows, {row["name"]: row["labels"] for row in rows})
    tuning = [row for row in every if half_of(row) == "tune"]
    usual = Counter(label for row in tuning for label in row["labels"]).most_common(2)
    constant = {name: [label for label, _ in usual] for name in gold}
    show("constant", gold, labelled(rows, constant), wheels)
    for llm in chosen.llm or ["none"]:
        told = answered(llm, rows, chosen)
        labels = {name: answer["labels"] for name, answer in told.items()}
        show(llm, gold, labelled(rows, labels), wheels)
        seconds = sum(answer["seconds"] for answer in told.values()) / len(told)
        calls = sum(answer["calls"] for answer in told.values()) / len(told)
        print(f"    {seconds:.1f} CPU s and {calls:.1f} calls a row")


if __name__ == "__main__":
    main()
