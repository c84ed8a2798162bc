"""`affectgraph analyze` of many clips: workers, progress, a file of results."""

import json as json_module
import sys
from collections.abc import Sequence
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from affectgraph.agents.batch.ledger import Ledger, LedgerLine, write_table
from affectgraph.agents.batch.process_pool import ProcessPool
from affectgraph.agents.batch.progress import BatchProgress
from affectgraph.agents.batch.ray_cluster import RayCluster
from affectgraph.agents.batch.run import BatchRun
from affectgraph.agents.batch.sources import ClipSource
from affectgraph.agents.batch.tasks import WorkerPool, WorkerSettings
from affectgraph.agents.cli.messages import print_error
from affectgraph.agents.cli.output import Detail, print_verdict
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.extras import arrow_and_parquet
from affectgraph.tools.io.processors import processor_count
from affectgraph.tools.io.terminal import Terminal, live_display

_JSON_LINES, _PARQUET = ".jsonl", ".parquet"

Workers = Annotated[
    int | None, typer.Option(min=1, help="Number of processes that share the clips.")
]
Ray = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run the workers on a Ray cluster."),
]
Into = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Append results to this .jsonl or .parquet; skip clips it already holds.",
    ),
]


@dataclass(frozen=True)
class BatchOptions:
    """Who analyses many clips, and the file that collects the results."""

    workers: Workers = None
    ray: Ray = None
    into: Into = None

    @property
    def requested(self) -> bool:
        """One of the options is used."""
        return bool(self.workers) or self.ray is not None or self.into is not None

    def ledger_file(self) -> Path | None:
        """The JSON lines that results are appended to; a table is made of them."""
        if self.into is None:
            return None
        if self.into.suffix.lower() not in (_JSON_LINES, _PARQUET):
            raise SettingError(
                f"--into {self.into}: name a file that ends in .jsonl or .parquet"
            )
        if self.into.suffix.lower() == _JSON_LINES:
            return self.into
        arrow_and_parquet()
        return self.into.with_suffix(_JSON_LINES)

    def open_workers(self, recipe: WorkerSettings) -> WorkerPool:
        """Start the processes, or connect to the cluster."""
        if self.ray is not None:
            return RayCluster(recipe, self.ray, self.workers)
        workers = self.workers or 1
        threads = max(1, processor_count() // workers)
        return ProcessPool(recipe.model_copy(update={"threads": threads}), workers)


def analyze_many(
    sources: Sequence[ClipSource],
    recipe: WorkerSettings,
    options: BatchOptions,
    *,
    json: bool,
    detail: Detail,
) -> None:
    """Analyse each clip once; print every result as soon as it is there.

    Raises:
        AffectgraphError: If something is wrong with more than one clip.
        typer.Exit: With code 1 if a clip failed.
    """
    ledger_file = options.ledger_file()
    to_file, out = options.into is not None, sys.stdout
    with (
        # Ray reports nodes that die on standard output.
        redirect_stdout(sys.stderr),
        closing(Ledger(ledger_file)) as ledger,
        closing(options.open_workers(recipe)) as workers,
    ):
        if ledger.repaired:
            print_error(f"{ledger_file}: its last line was incomplete; it is redone")
        if options.ray is None:
            _prepare(recipe, sources)
        run = BatchRun(sources, recipe, workers, ledger)
        with live_display(_create_progress()) as bar:
            task = bar.add_task(str(run.progress), total=None)
            for line in run.lines():
                done, total = run.progress.work
                description = str(run.progress)
                bar.update(task, description=description, completed=done, total=total)
                _print_result(line, out, json=json, detail=None if to_file else detail)
        if options.into is not None and options.into != ledger_file:
            write_table(options.into, ledger.lines())
    _print_summary(run.progress, options.into)


def _prepare(recipe: WorkerSettings, sources: Sequence[ClipSource]) -> None:
    """Check the settings, and download the weights that the first clip needs."""
    agent = recipe.agent(progress=True)
    for source in sources:
        try:
            agent.prepare(source.open())
        except ClipError:
            continue
        return


def _print_result(
    line: LedgerLine, out: TextIO, *, json: bool, detail: Detail | None
) -> None:
    if line.verdict is None:
        print_error(line.error)
    elif json:
        print(json_module.dumps(line.verdict, ensure_ascii=False), file=out, flush=True)
    elif detail is not None:
        with redirect_stdout(out):
            print_verdict(Verdict.model_validate(line.verdict), detail)


def _create_progress() -> Progress:
    console = Terminal(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=not console.is_terminal,
    )


def _print_summary(progress: BatchProgress, into: Path | None) -> None:
    text = f"{progress.total} clips: {progress.done} done, {progress.known} known"
    text += f", {progress.failed} failed; {progress.cpu_seconds:.1f} CPU s"
    print(text if into is None else f"{text}; in {into}", file=sys.stderr)
    if progress.failed:
        raise typer.Exit(1)
