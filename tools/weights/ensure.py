"""Have the weights that a run needs, before it starts, saying what is fetched."""

from collections.abc import Iterable

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from affectgraph.tools import weights
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.weights import WeightsEntry


def ensure_weights(names: Iterable[str], *, progress: bool = True) -> None:
    """Fetch what is missing of these weights.

    Args:
        names: Files or groups of the weights manifest.
        progress: Say what is fetched, and show a bar, on standard error.

    Raises:
        WeightsError: If one is missing and cannot be had.
    """
    wanted = weights.missing(names)
    if wanted:
        fetch_with_progress(wanted, progress=progress)


def fetch_with_progress(wanted: list[WeightsEntry], *, progress: bool = True) -> None:
    """Fetch these weights, whether or not they are here.

    Raises:
        WeightsError: If one cannot be had.
    """
    total = sum(entry.bytes for entry in wanted)
    groups = list(dict.fromkeys(entry.name.split("/")[0] for entry in wanted))
    console = Terminal(stderr=True, quiet=not progress)
    if not weights.offline():
        console.print(f"Fetching {', '.join(groups)}: {total / 1e6:,.0f} MB, once.")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not progress,
    ) as bar:
        task = bar.add_task("fetching", total=total)
        weights.fetch(wanted, lambda done: bar.update(task, completed=done))
