"""`affectgraph score`: predicted labels against gold labels, as MER-UniBench does."""

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
Predicted = Annotated[Path, typer.Argument(help="The same, with predicted labels.")]


class TaskName(StrEnum):
    """Tasks of MER-UniBench."""

    OV = "ov"
    BASIC = "basic"
    SENTIMENT = "sentiment"


class FormsName(StrEnum):
    """Versions of the MER-UniBench word forms."""

    V2025 = "2025"
    V2026 = "2026"


TaskOption = Annotated[
    TaskName, typer.Option(help="Open-vocabulary labels, basic emotions, or sentiment.")
]
WheelsOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Emotion wheels. [default: built in]")
]
FormsOption = Annotated[
    FormsName, typer.Option(help="Version of the word forms in that folder.")
]
_PIPED_WIDTH = 100
_MAX_NAMES = 12


def score(
    gold: Gold,
    predicted: Predicted,
    task: TaskOption = TaskName.OV,
    wheels: WheelsOption = None,
    forms: FormsOption = FormsName.V2026,
    json: options.Json = False,
) -> None:
    """Score predicted labels as MER-UniBench does, and show what its score leaves out.

    Example: affectgraph score gold.jsonl answers.jsonl --task ov --wheels DIR
    """
    task_name: scoring.Task = task.value
    version: Forms = forms.value
    if wheels is not None:
        emotion_wheels = scoring.read_wheels(wheels, version)
    elif forms is FormsName.V2026:
        emotion_wheels = scoring.shipped_wheels()
    else:
        raise SettingError("--forms 2025 needs --wheels: our own wheels have one form")
    truth = scoring.read_label_rows(gold, numbers=task_name == "sentiment")
    try:
        predictions = scoring.read_label_rows(predicted)
        report = scoring.score(truth, predictions, task_name, emotion_wheels)
    except SettingError as error:
        raise SettingError(f"{gold}: {error}") from error
    if json:
        print(json_module.dumps(report.to_dict(), ensure_ascii=False))
    else:
        _print_report(report)


def _print_report(report: scoring.Report) -> None:
    console = Terminal(piped_width=_PIPED_WIDTH)
    names = tuple(report.figures)
    table = Table(report.task, "scored", *names, box=None, pad_edge=False)
    for wheel in report.per_wheel:
        cells = [f"{wheel.figures[name]:.3f}" for name in names]
        table.add_row(wheel.wheel, str(wheel.n_scored), *cells)
    means = [
        Text.assemble((f"{f.value:.3f}", "bold"), f" {f.low:.2f}-{f.high:.2f}")
        for f in report.figures.values()
    ]
    table.add_row("mean", f"{report.n_scored} of {report.n}", *means)
    variants = {"neutral-aware": report.neutral_aware, "middle rings": report.level2}
    for title, values in variants.items():
        if values:
            table.add_row(title, "", *(f"{values[name]:.3f}" for name in names))
    console.print(table)
    sizes = [f"{name.replace('_', ' ')} {n:.2f}" for name, n in report.sizes.items()]
    console.print(f"sizes: {', '.join(sizes)}", highlight=False)
    _print_dropped(report.dropped, console)


def _print_dropped(dropped: scoring.Dropped, console: Terminal) -> None:
    lists = {
        f"dropped {dropped.samples} clips without a gold label": dropped.names,
        f"dropped {dropped.labels} labels; of the gold": dropped.gold,
        "of the predictions": dropped.predicted,
        "predicted, and in no gold": dropped.unmatched,
    }
    for title, names in lists.items():
        first = ", ".join(repr(name) for name in list(names)[:_MAX_NAMES])
        more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
        if names:
            console.print(f"{title}: {first}{more}", highlight=False)
