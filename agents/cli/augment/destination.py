"""Where labels are written, and where an augmentation stores its progress."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from affectgraph.agents.augment import AugmentationRow, write_rows
from affectgraph.agents.augment.export import add_to_memory, format_from_suffix
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.messages import print_error
from affectgraph.memory import is_postgres_url
from affectgraph.tools.errors import SettingError

MEMORY = "memory"

Into = Annotated[
    str,
    typer.Option(
        metavar="memory|FILE",
        help="The case memory, or a file: .jsonl (all clips), .csv or .json (ShareGPT; "
        "accepted clips only).",
    ),
]
Format = Annotated[
    Literal["jsonl", "csv", "sharegpt"] | None,
    typer.Option(help="Format of the file, whatever its suffix."),
]
Runs = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder of the progress, to continue there. [default: beside --into]",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Options of where labels go."""

    into: Into
    format: Format = None
    runs: Runs = None
    memory: options.Memory = None

    def check(self) -> None:
        """Make sure that results can be written, before any work is done.

        Raises:
            SettingError: If they cannot.
        """
        if self.into == MEMORY:
            case_memory.require_place(self.memory)
        elif self.format is None:
            format_from_suffix(Path(self.into))

    def runs_folder(self) -> Path:
        """The folder of the progress."""
        if self.runs is not None:
            return self.runs
        if self.into != MEMORY:
            return Path(f"{self.into}.runs")
        place = case_memory.require_place(self.memory)
        if is_postgres_url(place):
            raise SettingError(
                "--into memory of a database needs --runs: name a folder"
            )
        return Path(place) / "augment"

    def write_rows(self, rows: list[AugmentationRow]) -> None:
        """Write rows into the memory or the file."""
        runs = self.runs_folder()
        if self.into == MEMORY:
            new = add_to_memory(rows, runs, case_memory.open_or_create(self.memory))
            print_error(f"cases that are new in the memory: {new}")
            return
        file = Path(self.into)
        write_rows([row.moved(runs, file.parent) for row in rows], file, self.format)
