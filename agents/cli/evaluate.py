"""`affectgraph evaluate`: how right, and how sure with reason."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.output import complain, say
from affectgraph.agents.evaluation import evaluate as run
from affectgraph.agents.evaluation import read_manifest
from affectgraph.agents.evaluation.baselines import CHANCE, MAJORITY
from affectgraph.agents.evaluation.card import write_card
from affectgraph.agents.evaluation.metrics import Figure, Figures
from affectgraph.agents.evaluation.plots import draw
from affectgraph.agents.evaluation.run import FULL, Failure
from affectgraph.agents.evaluation.sample_size import too_few
from affectgraph.tools import registry
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal, live
from affectgraph.tools.perception import PerceptionTool

Manifest = Annotated[Path, typer.Argument(help="CSV: path and/or text, label, ...")]
Aligned = Annotated[
    bool, typer.Option("--aligned-faces", help="Each image is one cropped face.")
]
Card = Annotated[
    Path | None,
    typer.Option(
        "--card",
        metavar="FILE.html",
        dir_okay=False,
        writable=True,
        help="Write it all up as one page.",
    ),
]
_WIDTH = 132
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first rows.")]


def evaluate(
    manifest: Manifest,
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    purpose: options.Purpose = None,
    audit: options.Audit = None,
    memory: options.Memory = None,
    aligned_faces: Aligned = False,
    limit: Limit = None,
    json: options.Json = False,
    out: options.Out = None,
    card: Card = None,
) -> None:
    """Compare verdicts with labels: accuracy, recall, calibration, with intervals.

    A memory may hold the very clips: none is ever compared with itself.

    Example: affectgraph evaluate clips.csv --no-llm --card card.html
    """
    rows = read_manifest(manifest, limit)
    chosen: list[str | PerceptionTool] = [
        *(options.names(tools) or registry.built_in_tools())
    ]
    if aligned_faces:
        chosen = [registry.aligned_face if t == "face" else t for t in chosen]
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=chosen,
        memory=options.opened(memory),
        purpose=purpose,
        audit=audit,
        progress=True,
    )
    with live(Progress(console=Terminal(stderr=True), transient=True)) as bar:
        task = bar.add_task("evaluating", total=len(rows))
        evaluation = run(agent, rows, lambda done: bar.update(task, completed=done))
    figures = evaluation.figures(rows)
    if FULL not in figures:
        raise SettingError(
            f"{manifest}: every row failed; {_first(evaluation.failures)}"
        )
    few = too_few(evaluation.answers(FULL, rows))
    if json:
        report = _report(figures, evaluation.failures)
        print(json_module.dumps(report | {"warnings": few}))
    else:
        _show(figures, evaluation.failures)
    for line in few:
        complain(line)
    if out is not None:
        draw(evaluation.compared(rows), figures[FULL], out)
    if card is not None:
        write_card(card, manifest, rows, evaluation, figures)
    if evaluation.failures:
        raise typer.Exit(1)


def _report(figures: dict[str, Figures], failures: list[Failure]) -> dict[str, object]:
    report: dict[str, object] = figures[FULL].model_dump(mode="json")
    report["failures"] = [failure.model_dump() for failure in failures]
    if len(figures) > 1:
        report["configurations"] = {
            name: each.model_dump(mode="json") for name, each in figures.items()
        }
    return report


def _show(figures: dict[str, Figures], failures: list[Failure]) -> None:
    console = Terminal(piped_width=_WIDTH)
    names = ("accuracy", "uar", "macro_f1", "weighted_f1")
    columns = ("configuration", "n", *names, "ece", "aurc")
    table = Table(*columns, box=None, pad_edge=False)
    for name, each in figures.items():
        sure = () if name in (CHANCE, MAJORITY) else ("ece", "aurc")
        cells = [_cell(getattr(each, metric)) for metric in (*names, *sure)]
        table.add_row(name, str(each.n), *cells)
    console.print(table)
    classes = Table("class", "n", "precision", "recall", "f1", box=None, pad_edge=False)
    for label, one in figures[FULL].per_class.items():
        numbers = (one.precision, one.recall, one.f1)
        classes.add_row(label, str(one.n), *(f"{number:.2f}" for number in numbers))
    console.print(classes)
    confusion = Table("true \\ answered", *figures[FULL].confusion, box=None)
    for label, row in figures[FULL].confusion.items():
        confusion.add_row(label, *map(str, row.values()))
    console.print(confusion)
    print(f"failures: {len(failures)}")
    for failure in failures:
        say(f"  row {failure.row}: {failure.reason}")


def _cell(figure: Figure) -> str:
    return f"{figure.value:.3f} {figure.low:.2f}-{figure.high:.2f}"


def _first(failures: list[Failure]) -> str:
    return f"row {failures[0].row}: {failures[0].reason}" if failures else ""
