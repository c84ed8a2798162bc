"""`affectgraph analyze` of many clips at once: workers, progress, a file of results."""

import json as json_module
import sys
from collections.abc import Sequence
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import TextIO

import typer
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task
from rich.text import Text

from affectgraph.agents.batch import parquet_table
from affectgraph.agents.batch.ledger import Ledger, Line
from affectgraph.agents.batch.process_pool import Pool
from affectgraph.agents.batch.ray_cluster import Cluster
from affectgraph.agents.batch.remaining_time import Estimate
from affectgraph.agents.batch.run import Run
from affectgraph.agents.batch.sources import Source
from affectgraph.agents.batch.tasks import Recipe, Work
from affectgraph.agents.cli.output import complain, show
from affectgraph.graphs.schema import Verdict
from affectgraph.memory.parquet_format import arrow_and_parquet
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.io.processors import processor_count
from affectgraph.tools.io.terminal import Terminal, live

_LINES, _TABLE = ".jsonl", ".parquet"


def many(
    sources: Sequence[Source],
    recipe: Recipe,
    *,
    workers: int | None,
    ray: str | None,
    into: Path | None,
    json: bool,
) -> None:
    """Analyse clips as `analyze` does, each once, and tell of them as they end.

    Raises:
        AffectgraphError: If something is wrong with more than one clip.
        typer.Exit: With 1 if a clip failed.
    """
    lines = _checked(into)
    quiet, out = into is not None and not json, sys.stdout
    # Ray tells of nodes that die on standard output.
    aside = redirect_stdout(sys.stderr)
    with (
        aside,
        closing(Ledger(lines)) as ledger,
        closing(_work(recipe, workers, ray)) as work,
    ):
        if ledger.repaired:
            complain(f"{lines}: its last line was half-written; it is done again")
        if ray is None:
            _prepare(recipe, sources)
        run = Run(sources, recipe, work, ledger)
        with live(_bar(run.estimate)):
            for line in run.lines():
                _tell(line, out, json=json, quiet=quiet)
        if into is not None and into != lines:
            parquet_table.write(into, ledger.lines())
    _sum_up(run.estimate, into)


def _checked(into: Path | None) -> Path | None:
    """The file of lines that goes with what was named."""
    if into is None:
        return None
    if into.suffix.lower() not in (_LINES, _TABLE):
        raise SettingError(
            f"--into {into}: name a file that ends in .jsonl or .parquet"
        )
    if into.suffix.lower() == _LINES:
        return into
    arrow_and_parquet()
    return into.with_suffix(_LINES)


def _work(recipe: Recipe, workers: int | None, ray: str | None) -> Work:
    if ray is not None:
        return Cluster(recipe, ray, workers)
    workers = workers or 1
    return Pool(
        recipe.model_copy(update={"threads": max(1, processor_count() // workers)}),
        workers,
    )


def _prepare(recipe: Recipe, sources: Sequence[Source]) -> None:
    """Check the settings, and fetch what a first clip needs, saying so."""
    agent = recipe.agent(progress=True)
    for source in sources:
        try:
            agent.prepare(source.open())
        except ClipError:
            continue
        return


def _tell(line: Line, out: TextIO, *, json: bool, quiet: bool) -> None:
    if line.verdict is None:
        complain(line.error)
    elif json:
        print(json_module.dumps(line.verdict, ensure_ascii=False), file=out, flush=True)
    elif not quiet:
        with redirect_stdout(out):
            show(Verdict.model_validate(line.verdict))


class _Left(ProgressColumn):
    """How long it will still take, once that can be told."""

    def __init__(self, estimate: Estimate) -> None:
        super().__init__()
        self._estimate = estimate

    def render(self, task: Task) -> Text:
        e = self._estimate
        told = f"{e.known + e.done} of {e.total}"
        if e.failed:
            told += f", {e.failed} failed"
        left = e.seconds_left
        return Text(told if left is None else f"{told}, about {_span(left)} left")


def _bar(estimate: Estimate) -> Progress:
    console = Terminal(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        _Left(estimate),
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=not console.is_terminal,
    )
    bar.add_task("analysing", total=None)
    return bar


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _sum_up(estimate: Estimate, into: Path | None) -> None:
    told = f"{estimate.total} clips: {estimate.done} done, {estimate.known} known"
    told += f", {estimate.failed} failed; {estimate.cpu_seconds:.1f} CPU s"
    print(told if into is None else f"{told}; in {into}", file=sys.stderr)
    if estimate.failed:
        raise typer.Exit(1)
