"""`affectgraph augment CLIPS`: label clips, sift them, and say what is left."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.augment import (
    AugmentationResult,
    YieldReport,
    augment,
    compute_yields,
    read_gold_labels,
)
from affectgraph.agents.augment.batch import UNKNOWN
from affectgraph.agents.augment.statistics import FilterYield
from affectgraph.agents.batch.sources import find_clips as clips_of
from affectgraph.agents.cli import options
from affectgraph.agents.cli.augment import location
from affectgraph.agents.cli.output import complain
from affectgraph.tools.io.terminal import Terminal, live

Clips = Annotated[
    Path,
    typer.Argument(metavar="DIR|MANIFEST", help="A folder, a pattern or a CSV."),
]
Licence = Annotated[str, typer.Option("--licence", help="Terms of the clips.")]


def label(
    clips: Clips,
    into: location.Into,
    how: location.How = None,
    runs: location.Runs = None,
    memory: options.Memory = None,
    licence: Licence = UNKNOWN,
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    purpose: options.Purpose = None,
    json: options.Json = False,
) -> None:
    """Label unlabelled clips, and keep those on whose label judges agree.

    The same command goes on where it was cut off. Labels of a manifest are not shown
    to the graph; they tell how right its labels are.

    Example: affectgraph augment clips --into labelled.jsonl --no-llm
    """
    location.check(into, how, memory)
    todo, truths = clips_of([clips]), read_gold_labels(clips)
    folder = location.runs_of(into, runs, memory)
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=options.names(tools),
        memory=options.opened(memory),
        purpose=purpose,
        progress=True,
    )
    with live(Progress(console=Terminal(stderr=True), transient=True)) as bar:
        passes = ("described", "sifted")
        tasks = {name: bar.add_task(name, total=len(todo)) for name in passes}
        result = augment(
            agent, todo, folder, licence=licence, step=lambda s: bar.advance(tasks[s])
        )
    location.give(result.rows, folder, into, how, memory)
    known = {clip: truths[n] for clip, n in result.names.items() if n in truths}
    told = compute_yields(result.rows, known)
    if json:
        print(told.model_dump_json())
    else:
        _show(told)
    _complain(result, told)
    if told.failed:
        raise typer.Exit(1)


def _show(told: YieldReport) -> None:
    console = Terminal(piped_width=100)
    steps = Table("", "clips", "share", "label precision", box=None, pad_edge=False)
    for sieve in (*told.sieves, told.by_confidence):
        steps.add_row(sieve.name, str(sieve.n), f"{sieve.share:.2f}", _figure(sieve))
    console.print(steps)
    classes = Table(
        "label",
        *("labelled", "low filter", "kept", "doubtful", "precision", "of kept"),
        box=None,
        pad_edge=False,
    )
    for name, one in told.classes.items():
        counts = (one.labelled, one.low, one.kept, one.doubtful)
        shares = ("" if p is None else f"{p:.2f}" for p in (one.before, one.after))
        classes.add_row(name, *map(str, counts), *shares)
    console.print(classes)
    if told.reasons:
        dropped = ", ".join(f"{name} {n}" for name, n in told.reasons.items())
        print(f"dropped: {dropped}")
    if told.human:
        print(f"labelled by people: {told.human}")


def _figure(sieve: FilterYield) -> str:
    if sieve.precision is None:
        return ""
    figure = sieve.precision
    return f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"


def _complain(result: AugmentationResult, told: YieldReport) -> None:
    """What went wrong, on standard error."""
    for row in result.rows:
        if row.stage == "failed":
            complain(row.reason)
    for copy, first in result.copies:
        complain(f"{copy}: the same clip as {first}; it has one row")
    for name in told.collapsed:
        one = told.classes[name]
        complain(f"{name} collapses: {one.kept} of {one.labelled} are kept")
    if waiting := sum(row.waits for row in result.rows):
        complain(f"{waiting} doubtful: see affectgraph augment review")
