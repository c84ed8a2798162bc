"""`affectgraph score`: predicted labels against gold, in figures others report too."""

import json as json_module
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from affectgraph.agents.cli import options
from affectgraph.agents.evaluation import scoring
from affectgraph.agents.evaluation.scoring.wheels import Forms
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal

Gold = Annotated[Path, typer.Argument(help='JSON lines: {"name": ..., "labels": ...}.')]
Predicted = Annotated[Path, typer.Argument(help="The same, with what was predicted.")]


class TaskName(StrEnum):
    """Tasks of MER-UniBench."""

    OV = "ov"
    BASIC = "basic"
    SENTIMENT = "sentiment"


class FormsName(StrEnum):
    """Versions of its mapping."""

    V2025 = "2025"
    V2026 = "2026"


TaskOption = Annotated[
    TaskName,
    typer.Option(
        "--task", help="Sets of open labels, basic emotions, or positive or not."
    ),
]
WheelsOption = Annotated[
    Path | None,
    typer.Option("--wheels", metavar="DIR", help="Emotion wheels; our own without it."),
]
FormsOption = Annotated[
    FormsName,
    typer.Option("--forms", help="Version of the word forms in that folder."),
]
_WIDTH = 100
_SHOWN = 12


def score(
    gold: Gold,
    predicted: Predicted,
    task: TaskOption = TaskName.OV,
    wheels: WheelsOption = None,
    forms: FormsOption = FormsName.V2026,
    json: options.Json = False,
) -> None:
    """Score predicted labels against gold as MER-UniBench does, and what that hides.

    Example: affectgraph score gold.jsonl answers.jsonl --task ov --wheels DIR
    """
    named: scoring.Task = task.value
    version: Forms = forms.value
    if wheels is not None:
        chosen = scoring.read_wheels(wheels, version)
    elif forms is FormsName.V2026:
        chosen = scoring.shipped_wheels()
    else:
        raise SettingError("--forms 2025 needs --wheels: our own wheels have one form")
    truth = scoring.read_label_rows(gold, numbers=named == "sentiment")
    try:
        report = scoring.score(truth, scoring.read_label_rows(predicted), named, chosen)
    except SettingError as error:
        raise SettingError(f"{gold}: {error}") from error
    if json:
        print(json_module.dumps(report.to_dict(), ensure_ascii=False))
    else:
        _show(report)


def _show(report: scoring.Report) -> None:
    console = Terminal(piped_width=_WIDTH)
    names = tuple(report.figures)
    table = Table(report.task, "scored", *names, box=None, pad_edge=False)
    for wheel in report.per_wheel:
        cells = [f"{wheel.figures[name]:.3f}" for name in names]
        table.add_row(wheel.wheel, str(wheel.n_scored), *cells)
    figures = report.figures.values()
    means = [
        Text.assemble((f"{f.value:.3f}", "bold"), f" {f.low:.2f}-{f.high:.2f}")
        for f in figures
    ]
    table.add_row("mean", f"{report.n_scored} of {report.n}", *means)
    others = {"neutral-aware": report.neutral_aware, "middle rings": report.level2}
    for what, values in others.items():
        if values:
            table.add_row(what, "", *(f"{values[name]:.3f}" for name in names))
    console.print(table)
    sizes = [f"{what.replace('_', ' ')} {n:.2f}" for what, n in report.sizes.items()]
    console.print(f"sizes: {', '.join(sizes)}", highlight=False)
    _show_dropped(report.dropped, console)


def _show_dropped(dropped: scoring.Dropped, console: Terminal) -> None:
    told = {
        f"dropped {dropped.samples} clips, without any gold somewhere": dropped.names,
        f"dropped {dropped.labels} labels; of the gold": dropped.gold,
        "of the predictions": dropped.predicted,
        "predicted, and in no gold": dropped.unmatched,
    }
    for what, which in told.items():
        first = ", ".join(repr(name) for name in list(which)[:_SHOWN])
        more = f" and {len(which) - _SHOWN} more" if len(which) > _SHOWN else ""
        if which:
            console.print(f"{what}: {first}{more}", highlight=False)
