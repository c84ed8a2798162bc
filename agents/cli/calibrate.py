"""`affectgraph calibrate`: measure how much a language model deserves to count."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.messages import print_line
from affectgraph.agents.evaluation import read_manifest
from affectgraph.graphs.reasoner.measurement import (
    ReasonerMeasurement,
    measurement_file,
)
from affectgraph.tools.io.terminal import Terminal, live_display

Manifest = Annotated[Path, typer.Argument(help="CSV: path and/or text, label, ...")]
OutFile = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        dir_okay=False,
        help="File to write instead of the one in your data folder.",
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Use the first rows only.")]


def calibrate(
    manifest: Manifest,
    llm: options.RequiredLlm,
    out: OutFile = None,
    tools: options.Tools = None,
    memory: options.Memory = None,
    evidence: options.Evidence = None,
    limit: Limit = None,
) -> None:
    """Measure on labelled clips how much a language model deserves to count.

    It counts only if the lower 95% bound of its gain in log loss over the senses is
    above zero. The manifest is that of affectgraph evaluate; 50 clips may be enough.
    Later runs with this model use the file that is written.

    Example: affectgraph calibrate clips.csv --llm vllm:Qwen/Qwen3-8B
    """
    rows = read_manifest(manifest, limit)
    agent = EmotionAgent(
        llm=llm,
        tools=options.split_names(tools),
        memory=case_memory.open_if_exists(memory),
        evidence=evidence,
        progress=True,
    )
    with live_display(Progress(console=Terminal(stderr=True), transient=True)) as bar:
        task = bar.add_task("calibrating", total=len(rows))
        measured = agent.calibrate(
            rows, out, done=lambda done: bar.update(task, completed=done)
        )
    _print(measured, out or measurement_file(measured.model))


def _print(measured: ReasonerMeasurement, file: Path) -> None:
    table = Table("method", "judged", "gain in nats a clip", "alone", "calls", "tokens",
                  "s", box=None, pad_edge=False)  # fmt: skip
    for name, figures in measured.methods.items():
        table.add_row(
            name,
            str(figures.n),
            str(figures.gain),
            f"{figures.accuracy_alone:.3f}",
            f"{figures.calls:g}",
            f"{figures.tokens:g}",
            f"{figures.seconds:g}",
        )
    Terminal(piped_width=150).print(table)
    best = measured.methods[measured.method]
    print_line(
        f"{measured.model}, {measured.method}, on n = {measured.clips} clips of "
        f"{measured.groups} speakers or dialogues"
    )
    print_line(f"gain: {measured.gain} nats a clip, cross-fitted, 95% interval")
    print_line(
        f"accuracy: {measured.accuracy_without:.3f} without it, "
        f"{measured.accuracy_with:.3f} with it, cross-fitted"
    )
    print_line(
        f"cost a clip: {best.calls:g} calls, {best.tokens:g} tokens, {best.seconds:g} s"
    )
    print_line(_conclusion(measured))
    print_line(f"written: {file}")


def _conclusion(measured: ReasonerMeasurement) -> str:
    if not measured.is_open:
        return "it stays shut: what it says moves no answer"
    weight = f"it opens: its weight is {measured.trust.value:.2f}"
    others = [f"{t.value:.2f} for {name}" for name, t in measured.by_situation.items()]
    return "; ".join([weight, *others])
