"""Fetch the weights that a run needs before it starts, and show progress."""

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
    """Fetch those of these weights that are missing.

    Args:
        names: Files or groups of the weights manifest.
        progress: Show a message and a progress bar on standard error.
    """
    missing = weights.missing(names)
    if missing:
        fetch_with_progress(missing, progress=progress)


def fetch_with_progress(entries: list[WeightsEntry], *, progress: bool = True) -> None:
    """Fetch these weights into the cache, even if they are installed elsewhere."""
    total = sum(entry.bytes for entry in entries)
    groups = list(dict.fromkeys(entry.name.split("/")[0] for entry in entries))
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
        weights.fetch(entries, lambda done: bar.update(task, completed=done))
