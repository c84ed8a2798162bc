"""`affectgraph augment CLIPS`: label clips, filter them, and show what remains."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from affectgraph.agents.augment import (
    AugmentationResult,
    YieldReport,
    augment,
    read_gold_labels,
)
from affectgraph.agents.augment.batch import UNKNOWN
from affectgraph.agents.augment.statistics import FilterYield, compute_yields
from affectgraph.agents.batch.sources import find_clips
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.augment.destination import Destination
from affectgraph.agents.cli.messages import print_error
from affectgraph.tools.io.terminal import Terminal, live_display

Clips = Annotated[
    Path, typer.Argument(metavar="DIR|MANIFEST", help="A folder, a pattern or a CSV.")
]


@options.expand_options
def label(
    clips: Clips,
    *,
    destination: Destination,
    licence: options.Licence = UNKNOWN,
    agent_options: options.AgentOptions,
    json: options.Json = False,
) -> None:
    """Label unlabelled clips, and accept those on whose label the judges agree.

    An interrupted command continues when it is repeated. The graph never sees the
    labels of a manifest; they measure the precision of its own.

    Example: affectgraph augment clips --into labelled.jsonl --no-llm
    """
    destination.check()
    sources, gold_labels = find_clips([clips]), read_gold_labels(clips)
    agent = agent_options.create_agent(
        memory=case_memory.open_if_exists(destination.memory)
    )
    with live_display(Progress(console=Terminal(stderr=True), transient=True)) as bar:
        passes = ("described", "sifted")
        tasks = {name: bar.add_task(name, total=len(sources)) for name in passes}
        result = augment(
            agent,
            sources,
            destination.runs_folder(),
            licence=licence,
            step=lambda name: bar.advance(tasks[name]),
        )
    destination.write_rows(result.rows)
    names = result.names.items()
    gold = {clip: gold_labels[name] for clip, name in names if name in gold_labels}
    summary = compute_yields(result.rows, gold)
    if json:
        print(summary.model_dump_json())
    else:
        _print_summary(summary)
    _print_problems(result, summary)
    if summary.failed:
        raise typer.Exit(1)


def _print_summary(summary: YieldReport) -> None:
    console = Terminal(piped_width=100)
    steps = Table("", "clips", "share", "label precision", box=None, pad_edge=False)
    for sieve in (*summary.sieves, summary.by_confidence):
        steps.add_row(
            sieve.name, str(sieve.n), f"{sieve.share:.2f}", _format_precision(sieve)
        )
    console.print(steps)
    classes = Table(
        "label",
        *("labelled", "low filter", "kept", "doubtful", "precision", "of kept"),
        box=None,
        pad_edge=False,
    )
    for name, row in summary.classes.items():
        counts = (row.labelled, row.low, row.kept, row.doubtful)
        shares = ("" if p is None else f"{p:.2f}" for p in (row.before, row.after))
        classes.add_row(name, *map(str, counts), *shares)
    console.print(classes)
    if summary.reasons:
        dropped = ", ".join(f"{name} {n}" for name, n in summary.reasons.items())
        print(f"dropped: {dropped}")
    if summary.human:
        print(f"labelled by people: {summary.human}")


def _format_precision(sieve: FilterYield) -> str:
    if sieve.precision is None:
        return ""
    figure = sieve.precision
    return f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"


def _print_problems(result: AugmentationResult, summary: YieldReport) -> None:
    """Print failed, duplicate, collapsed and doubtful clips on standard error."""
    for row in result.rows:
        if row.stage == "failed":
            print_error(row.reason)
    for duplicate, first in result.copies:
        print_error(f"{duplicate}: the same clip as {first}; it has one row")
    for name in summary.collapsed:
        counts = summary.classes[name]
        print_error(f"{name} collapses: {counts.kept} of {counts.labelled} are kept")
    if waiting := sum(row.waits for row in result.rows):
        print_error(f"{waiting} doubtful: see affectgraph augment review")
