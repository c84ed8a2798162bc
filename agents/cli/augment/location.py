"""Where labels go, and where an augmentation keeps what it has come to."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from affectgraph.agents.augment import Format, Row, write
from affectgraph.agents.augment.export import format_of
from affectgraph.agents.augment.to_memory import remember
from affectgraph.agents.cli.memory import location
from affectgraph.agents.cli.output import complain
from affectgraph.memory import is_postgres_url
from affectgraph.tools.errors import SettingError

MEMORY = "memory"

Into = Annotated[
    str,
    typer.Option(
        "--into",
        metavar="memory|FILE",
        help="The case memory, or a file: .jsonl (all clips), .csv or .json (ShareGPT; "
        "those kept).",
    ),
]
Runs = Annotated[
    Path | None,
    typer.Option(
        "--runs",
        metavar="DIR",
        help="Folder of what it has come to, to go on there. [default: beside --into]",
    ),
]
How = Annotated[
    Literal["jsonl", "csv", "sharegpt"] | None,
    typer.Option("--format", help="Of the file, whatever its suffix."),
]


def runs_of(into: str, runs: Path | None, memory: str | None) -> Path:
    """The folder of the runs.

    Raises:
        SettingError: If none was named, and it cannot be beside the memory.
    """
    if runs is not None:
        return runs
    if into != MEMORY:
        return Path(f"{into}.runs")
    named = location.named(memory)
    if is_postgres_url(named):
        raise SettingError("--into memory of a database needs --runs: name a folder")
    return Path(named) / "augment"


def check(into: str, how: Format | None, memory: str | None) -> None:
    """See that results can go there, before any work is done.

    Raises:
        SettingError: If they cannot.
    """
    if into == MEMORY:
        location.named(memory)
    elif how is None:
        format_of(Path(into))


def give(
    rows: list[Row], runs: Path, into: str, how: Format | None, memory: str | None
) -> None:
    """Put rows where they belong."""
    if into == MEMORY:
        new = remember(rows, runs, location.begun(memory))
        complain(f"cases that are new in the memory: {new}")
        return
    file = Path(into)
    write([row.moved(runs, file.parent) for row in rows], file, how)
