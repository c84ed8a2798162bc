"""Who explains best? A blind reading of verdicts: template, small and large models.

    python tests/benchmarks/explanations.py verdicts.jsonl SHEET \
        --llm none --llm embedded --llm embedded:qwen2.5-coder-1.5b
    python tests/benchmarks/explanations.py --scores SHEET/first.tsv SHEET/second.tsv

`verdicts.jsonl` holds one verdict a line, as `affectgraph analyze --json` prints it.
Each writer words the claims of each verdict. `SHEET/first.tsv` and `second.tsv` hold
the explanations in two shuffled orders, beside the evidence, with empty columns for
truth, usefulness and specificity (0 to 3); `key.tsv` says who wrote which at what cost.
Fill in the columns without looking at the key, then ask for the scores.
"""

import argparse
import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from affectgraph.graphs.claims.argument import argue
from affectgraph.graphs.reasoner.models import chat_model
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.translations import load_translations
from affectgraph.graphs.verdict.claim_facts import facts_of
from affectgraph.graphs.verdict.nodes.explain import word_claims

SCORES = ("truth", "usefulness", "specificity")
SHEET = ("number", "evidence", "explanation", *SCORES)
KEY = ("number", "verdict", "writer", "worded", "claims", "seconds")
Row = dict[str, str]


def explain(verdict: Verdict, reasoner: Reasoner | None) -> tuple[str, Row]:
    """The explanation, and how many of its claims the model worded, in what time."""
    facts = facts_of(verdict)
    claims = argue(facts, load_translations()["en"])
    worded, seconds = claims, 0.0
    if reasoner is not None:
        worded, usage, _ = word_claims(claims, facts, reasoner)
        seconds = usage.seconds
    by_model = sum(a.text != b.text for a, b in zip(claims, worded, strict=True))
    cost = {"claims": len(claims), "worded": by_model, "seconds": f"{seconds:.1f}"}
    return " ".join(map(str, worded)), {k: str(v) for k, v in cost.items()}


def summary(verdict: Verdict) -> str:
    """What a reader needs to judge an explanation."""
    parts = [f"{p.expert} {p.log_odds:+.2f}" for p in verdict.contributions]
    pieces = [f"{p.id} {p.observation}" for p in verdict.evidence]
    return " | ".join([f"{verdict.label} over {verdict.runner_up}", *parts, *pieces])


def write_sheets(verdicts: list[Verdict], writers: list[str], folder: Path) -> None:
    """Write both shuffled sheets and the key."""
    rows, key = [], []
    for writer in writers:
        model = None if writer == "none" else chat_model(writer)
        reasoner = Reasoner(model, writer) if model else None
        for number, verdict in enumerate(verdicts, 1):
            text, cost = explain(verdict, reasoner)
            row = {"evidence": summary(verdict), "explanation": text}
            rows.append(row)
            key.append({"verdict": str(number), "writer": writer, **cost})
    order = list(range(len(rows)))
    random.Random(0).shuffle(order)
    for number, at in enumerate(order, 1):
        rows[at]["number"] = key[at]["number"] = str(number)
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in ((1, "first"), (2, "second")):
        random.Random(seed).shuffle(rows)
        write(folder / f"{name}.tsv", SHEET, rows)
    write(folder / "key.tsv", KEY, key)


def write(file: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, restval="", delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


def read(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def print_scores(sheets: list[Path]) -> None:
    """Print the mean scores of each writer, over all sheets, beside its cost."""
    key = {row["number"]: row for row in read(sheets[0].with_name("key.tsv"))}
    scores: dict[str, list[list[float]]] = defaultdict(list)
    for sheet in sheets:
        for row in read(sheet):
            if all(row[name] for name in SCORES):
                writer = key[row["number"]]["writer"]
                scores[writer].append([float(row[name]) for name in SCORES])
    for writer, found in scores.items():
        mine = [row for row in key.values() if row["writer"] == writer]
        means = [mean(column) for column in zip(*found, strict=True)]
        worded = sum(int(row["worded"]) for row in mine)
        claims = sum(int(row["claims"]) for row in mine)
        seconds = mean(float(row["seconds"]) for row in mine)
        named = zip(SCORES, means, strict=True)
        figures = ", ".join(f"{name} {value:.2f}" for name, value in named)
        print(f"{writer}: {figures} ({len(found)} readings); "
              f"{worded} of {claims} claims worded, {seconds:.1f} s each")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verdicts", type=Path, nargs="?")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--llm", action="append", default=[])
    parser.add_argument("--scores", type=Path, nargs="+")
    chosen = parser.parse_args()
    if chosen.scores:
        print_scores(chosen.scores)
        return
    lines = chosen.verdicts.read_text(encoding="utf-8").splitlines()
    verdicts = [Verdict.model_validate_json(line) for line in lines]
    write_sheets(verdicts, chosen.llm or ["none"], chosen.folder)


if __name__ == "__main__":
    main()
