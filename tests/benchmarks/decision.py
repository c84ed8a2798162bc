"""How good the decision is: `python tests/benchmarks/decision.py DATA OUT`.

    python tests/benchmarks/decision.py DATA OUT --llm embedded --seconds 900

Takes composed of faces, voices and words that no sense, and no number of the decision,
has learned from, as `agents/training/decision/composed_takes.py` says: congruent
ones, ones whose face shows another emotion than the voice, mixed ones, and ones that
lack a sense. The label of a take is the one that its voice was asked to act and that
its words were drawn for:
where the face differs, the face is wrong by that protocol, and by nothing else.

The first rows are arithmetic over all takes. With `--llm` the whole graph answers the
first takes of each set, one set after the other, for so many CPU seconds (`none` is the
graph without a language model). Verdicts are kept in OUT, and a later call goes on from
there; what they come to is decided anew each time, by the numbers at hand. The last
rows say what each kind of check is worth to confidence.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import worth

from affectgraph.agents import Clip, EmotionAgent, Verdict
from affectgraph.agents.evaluation.figures import Answers, Figures, compute_figures
from affectgraph.agents.evaluation.metrics import aurc, ece
from affectgraph.agents.training.decision.checked_takes import (
    CheckedTake,
    TakesByKind,
    compose_and_check,
    decide_folds,
    prediction_sets,
)
from affectgraph.agents.training.decision.composed_takes import ComposedTake
from affectgraph.agents.training.decision.composition import FOLDS, MODALITIES, Piece
from affectgraph.agents.training.decision.figures import Decisions
from affectgraph.agents.training.decision.pieces import load_pieces
from affectgraph.agents.training.decision.recipe import fit_out_of_fold
from affectgraph.graphs.reasoner import models
from affectgraph.graphs.verdict import calibration as sure
from affectgraph.graphs.verdict.pooling import pool_parameters
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, top_emotion
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import PerceptionTool, perception_tool

COVERAGE = 0.9
RATE = 16_000
# The order in which the graph answers them, so that few minutes cover every set.
FIRST = ("congruent", "conflict", "no prosody", "no face", "no transcript")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--llm")
    parser.add_argument("--seconds", type=float, default=0.0)
    chosen = parser.parse_args()
    stock = compose_and_check(
        load_pieces(chosen.data, chosen.out), pool_parameters(), seed=0
    )
    if chosen.llm:
        answer(chosen.llm, stock, chosen.out, chosen.seconds)
        return
    with redirect_stdout(sys.stderr):
        numbers = fit_out_of_fold(stock)
    print(
        "| takes | who answers | n | accuracy | UAR | ECE | AURC | sets hold | size |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, folds in stock.items():
        for name, row in arithmetic(folds, numbers):
            sets = held(folds, numbers) if name.startswith("full") else None
            show(kind, name, row, sets)
    print()
    print("| takes | who answers | n | right | fusion | ECE | fusion | AURC | fusion | "
          "sets hold | explained | claims | dropped | calls | tokens | CPU s |\n"
          f"|{'---|' * 16}")  # fmt: skip
    files = sorted(chosen.out.glob("verdicts-*.jsonl"))
    for file in files:
        print(*graph_rows(file, stock, numbers), sep="\n")
    print(f"\n{worth.HEAD}")
    for file in files:
        print(*worth_rows(file, stock, numbers), sep="\n")


def arithmetic(
    folds: list[list[CheckedTake]], numbers: list[sure.DecisionParameters]
) -> Iterator[tuple[str, Decisions]]:
    """What can be answered without running the graph."""
    fast, flat = decide_folds(folds, None), distribution({})
    seen = [one for fold in folds for one in fold]
    for name in MODALITIES:
        if any(name in one.fused.by_modality for one in seen):
            shares = [one.fused.by_modality.get(name, flat) for one in seen]
            certain = np.array([max(share.values()) for share in shares])
            yield name, replace(fast, shares=shares, confidence=certain)
    yield "fusion", fast
    yield "full graph, no LLM", decide_folds(folds, numbers)


def held(
    folds: list[list[CheckedTake]], numbers: list[sure.DecisionParameters]
) -> tuple[float, float]:
    """How often sets at the coverage hold the label, and their mean size."""
    sets = prediction_sets(folds, numbers, COVERAGE)
    labels = [one.take.label for fold in folds for one in fold]
    inside = [label in each for label, each in zip(labels, sets, strict=True)]
    return float(np.mean(inside)), float(np.mean([len(each) for each in sets]))


def show(
    kind: str, name: str, row: Decisions, sets: tuple[float, float] | None
) -> None:
    found = measured(row)
    cells = [
        f"{each.value:.3f} [{each.low:.2f}, {each.high:.2f}]"
        for each in (found.accuracy, found.uar, found.ece, found.aurc)
    ]
    both = [f"{value:.2f}" for value in sets] if sets else ["", ""]
    print("|", " | ".join([kind, name, str(found.n), *cells, *both]), "|", flush=True)


def measured(row: Decisions) -> Figures:
    order = {label: number for number, label in enumerate(BASIC_EMOTIONS)}
    return compute_figures(
        Answers(
            truth=np.array([order[label] for label in row.label]),
            answer=np.array([order[top_emotion(share)] for share in row.shares]),
            confidence=row.confidence,
            abstained=np.zeros(len(row.label), dtype=bool),
            groups=row.group,
            quality=np.full(len(row.label), np.nan),
        )
    )


def answer(name: str, stock: TakesByKind, out: Path, seconds: float) -> None:
    """Have the whole graph answer takes until the CPU seconds are used up."""
    file = out / f"verdicts-{name.replace(':', '-')}.jsonl"
    done = len(file.read_text().splitlines()) if file.is_file() else 0
    order = [
        (kind, n) for n in range(FOLDS * len(stock[FIRST[0]][0])) for kind in FIRST
    ]
    chat = None if name == "none" else models.chat_model(name)
    started = time.process_time()
    for kind, number in order[done:]:
        if time.process_time() - started >= seconds:
            return
        take = take_of(stock, kind, number)
        senses = [kept_sense(m, piece) for m, piece in take.pieces.items()]
        agent = EmotionAgent(llm=chat, tools=senses)
        before = time.process_time()
        verdict = agent.analyze(Clip.open(np.zeros(30 * RATE, np.float32)))
        row = {
            "kind": kind,
            "number": number,
            "label": take.label,
            "cpu": time.process_time() - before,
            "verdict": verdict.to_dict(),
        }
        with file.open("a") as rows:
            rows.write(json.dumps(row) + "\n")


def take_of(stock: TakesByKind, kind: str, number: int) -> ComposedTake:
    """Takes are numbered across folds, so that the first are of all of them."""
    return stock[kind][number % FOLDS][number // FOLDS].take


def kept_sense(modality: str, piece: Piece) -> PerceptionTool:
    """A sense that says what the real one said; it has no closer look to offer."""

    def look(clip: Clip, span: Span) -> list[Evidence]:
        if piece.vector and piece.evidence[0].embedding:
            vector = np.array(piece.vector, np.float32)
            clip.keep(piece.evidence[0].embedding, vector)
        return [*piece.evidence]

    look.__name__ = modality
    return perception_tool(modality=modality, prefix=modality[0].upper())(look)


def graph_rows(
    file: Path, stock: TakesByKind, numbers: list[sure.DecisionParameters]
) -> Iterator[str]:
    """A row of the second table for each set, and one for all."""
    rows, answers = kept(file, stock, numbers)
    name = file.stem.removeprefix("verdicts-")
    for kind in (*FIRST, "all"):
        some = [n for n, row in enumerate(rows) if kind in ("all", row["kind"])]
        if some:
            told = graph_row([rows[n] for n in some], [answers[n] for n in some])
            yield f"| {kind} | {name} | {told} |"


def worth_rows(
    file: Path, stock: TakesByKind, numbers: list[sure.DecisionParameters]
) -> Iterator[str]:
    """Rows of the third table: over all sets, and over conflict."""
    rows, answers = kept(file, stock, numbers)
    name = file.stem.removeprefix("verdicts-")
    yield from worth.rows(answers, "all", name)
    pairs = zip(rows, answers, strict=True)
    disputed = [answer for row, answer in pairs if row["kind"] == "conflict"]
    yield from worth.rows(disputed, "conflict", name)


def kept(
    file: Path, stock: TakesByKind, numbers: list[sure.DecisionParameters]
) -> tuple[list[dict], list[worth.Answer]]:
    """What was kept of each take, and the take with the checks that the graph made."""
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    answers = []
    for row in rows:
        fold, place = row["number"] % FOLDS, row["number"] // FOLDS
        checks = Verdict.model_validate(row["verdict"]).checks
        one = replace(stock[row["kind"]][fold][place], checks=checks)
        if one.take.label != row["label"]:
            sys.exit(f"{file} is about other takes: begin with an empty folder")
        answers.append(worth.Answer(one, fold, numbers[fold]))
    return rows, answers


def graph_row(rows: Sequence[dict], answers: Sequence[worth.Answer]) -> str:
    """What the graph came to, decided anew by numbers that know nothing of the take."""
    verdicts = [Verdict.model_validate(row["verdict"]) for row in rows]
    fast = decide_folds([[a.one] for a in answers], None)
    numbers = [a.numbers for a in answers]
    full = decide_folds([[a.one] for a in answers], numbers)
    both = (full, fast)
    cells = [str(len(rows)), *(f"{one.right.mean():.2f}" for one in both)]
    for figure in (ece, aurc):
        cells += [f"{figure(one.confidence, one.right):.2f}" for one in both]
    sets = prediction_sets([[a.one] for a in answers], numbers, COVERAGE)
    inside = [a.one.take.label in each for a, each in zip(answers, sets, strict=True)]
    explained = [v for v in verdicts if v.explanation_source == "llm"]
    dropped = sum(
        "claim was dropped" in n for v in verdicts for n in v.provenance.notes
    )
    spent = [v.provenance.spent for v in verdicts]
    cells += [
        f"{np.mean(inside):.2f}",
        f"{len(explained) / len(rows):.2f}",
        str(sum(len(v.claims) for v in explained)),
        str(dropped),
        f"{np.mean([each.calls for each in spent]):.1f}",
        f"{np.mean([e.prompt_tokens + e.completion_tokens for e in spent]):.0f}",
        f"{np.mean([row['cpu'] for row in rows]):.2f}",
    ]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
