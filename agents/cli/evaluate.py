"""`affectgraph evaluate`: accuracy and calibration on labelled clips."""

import json as json_module
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.messages import print_error, print_line
from affectgraph.agents.evaluation import (
    Evaluation,
    Figures,
    ManifestRow,
    read_manifest,
)
from affectgraph.agents.evaluation import evaluate as evaluate_rows
from affectgraph.agents.evaluation.bootstrap import Figure
from affectgraph.agents.evaluation.card import write_card
from affectgraph.agents.evaluation.figures import CHANCE, MAJORITY
from affectgraph.agents.evaluation.plots import draw_plots
from affectgraph.agents.evaluation.run import FULL, FailedRow
from affectgraph.agents.evaluation.sample_size import sample_size_warnings
from affectgraph.tools import registry
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal, live_display
from affectgraph.tools.perception import PerceptionTool

Manifest = Annotated[Path, typer.Argument(help="CSV: path and/or text, label, ...")]
Aligned = Annotated[
    bool, typer.Option("--aligned-faces", help="Each image is one cropped face.")
]
Card = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.html",
        dir_okay=False,
        writable=True,
        help="Write an evaluation card: one HTML page.",
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Use the first rows only.")]
_PIPED_WIDTH = 150


@options.expand_options
def evaluate(
    manifest: Manifest,
    *,
    agent_options: options.AgentOptions,
    audit: options.Audit = None,
    memory: options.Memory = None,
    aligned_faces: Aligned = False,
    limit: Limit = None,
    json: options.Json = False,
    out: options.Out = None,
    card: Card = None,
) -> None:
    """Compare verdicts with labels: accuracy, recall, calibration, with intervals.

    A clip is never compared with its own case in the memory.

    Example: affectgraph evaluate clips.csv --no-llm --card card.html
    """
    rows = read_manifest(manifest, limit)
    senses: list[str | PerceptionTool] = [
        *(agent_options.senses or registry.built_in_tools())
    ]
    if aligned_faces:
        senses = [registry.aligned_face if s == "face" else s for s in senses]
    agent = agent_options.create_agent(
        tools=senses, memory=case_memory.open_if_exists(memory), audit=audit
    )
    evaluation = _evaluate_with_progress(agent, rows)
    figures, failures = evaluation.compute_figures(rows), evaluation.failures
    if FULL not in figures:
        first = f"row {failures[0].row}: {failures[0].reason}" if failures else ""
        raise SettingError(f"{manifest}: every row failed; {first}")
    sample_warnings = sample_size_warnings(evaluation.answers(FULL, rows))
    if json:
        report = _report(figures, failures)
        print(json_module.dumps(report | {"warnings": sample_warnings}))
    else:
        _print_figures(figures, failures)
    for warning in sample_warnings:
        print_error(warning)
    if out is not None:
        draw_plots(evaluation.compared(rows), figures[FULL], out)
    if card is not None:
        write_card(card, manifest, rows, evaluation, figures)
    if failures:
        raise typer.Exit(1)


def _evaluate_with_progress(
    agent: EmotionAgent, rows: Sequence[ManifestRow]
) -> Evaluation:
    with live_display(Progress(console=Terminal(stderr=True), transient=True)) as bar:
        task = bar.add_task("evaluating", total=len(rows))
        return evaluate_rows(agent, rows, lambda done: bar.update(task, completed=done))


def _report(
    figures: dict[str, Figures], failures: list[FailedRow]
) -> dict[str, object]:
    report: dict[str, object] = figures[FULL].model_dump(mode="json")
    report["failures"] = [failure.model_dump() for failure in failures]
    if len(figures) > 1:
        report["configurations"] = {
            name: values.model_dump(mode="json") for name, values in figures.items()
        }
    return report


def _print_figures(figures: dict[str, Figures], failures: list[FailedRow]) -> None:
    console = Terminal(piped_width=_PIPED_WIDTH)
    names = ("accuracy", "uar", "macro_f1", "weighted_f1")
    columns = ("configuration", "n", *names, "log loss", "ece", "aurc")
    table = Table(*columns, box=None, pad_edge=False)
    for name, values in figures.items():
        calibration = () if name in (CHANCE, MAJORITY) else ("ece", "aurc")
        metrics = (*names, "log_loss", *calibration)
        cells = [_cell(getattr(values, metric)) for metric in metrics]
        table.add_row(name, str(values.n), *cells)
    console.print(table)
    classes = Table("class", "n", "precision", "recall", "f1", box=None, pad_edge=False)
    for label, scores in figures[FULL].per_class.items():
        numbers = (scores.precision, scores.recall, scores.f1)
        classes.add_row(label, str(scores.n), *(f"{number:.2f}" for number in numbers))
    console.print(classes)
    confusion = Table("true \\ answered", *figures[FULL].confusion, box=None)
    for label, row in figures[FULL].confusion.items():
        confusion.add_row(label, *map(str, row.values()))
    console.print(confusion)
    print(f"failures: {len(failures)}")
    for failure in failures:
        print_line(f"  row {failure.row}: {failure.reason}")


def _cell(figure: Figure) -> str:
    return f"{figure.value:.3f} {figure.low:.2f}-{figure.high:.2f}"
