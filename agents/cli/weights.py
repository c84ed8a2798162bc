"""`affectgraph weights`: list, fetch and verify weights files."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from affectgraph.agents.cli import options
from affectgraph.agents.cli.messages import print_error
from affectgraph.tools import weights
from affectgraph.tools.errors import WeightsError
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.weights import ensure

app = typer.Typer(help="List, fetch and verify weights files.", no_args_is_help=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME...",
        help="Files or groups; by default what the default settings need.",
    ),
]
_DEFAULT_NAMES = ("whisper-tiny.en",)


@app.command("list")
def list_(json: options.Json = False) -> None:
    """Show every weights file, its licence, and whether it is installed.

    Example: affectgraph weights list
    """
    if json:
        for entry in weights.entries():
            print(entry.model_dump_json())
        return
    table = Table(
        "MB", "installed", "name, purpose and licence", box=None, pad_edge=False
    )
    for entry in weights.entries():
        installed = "yes" if weights.find(entry) else "no"
        description = Text.assemble(
            f"{entry.name}\n", (f"{entry.purpose}; {entry.licence}", "dim")
        )
        table.add_row(f"{entry.bytes / 1e6:.1f}", installed, description)
    Terminal(highlight=False).print(table)


@app.command()
def fetch(names: Names = None) -> None:
    """Fetch weights files that are not installed yet.

    Example: affectgraph weights fetch whisper-tiny.en
    """
    ensure.ensure_weights(names or _DEFAULT_NAMES)


@app.command()
def verify(names: Names = None) -> None:
    """Check the hashes of installed weights; exit code 1 if one is wrong.

    Example: affectgraph weights verify
    """
    chosen = names or [entry.name for entry in weights.entries()]
    entries = [entry for name in chosen for entry in weights.group_entries(name)]
    failed = False
    for entry in entries:
        if not names and weights.find(entry) is None:
            continue
        try:
            weights.verify(entry)
            print(f"ok  {entry.name}")
        except WeightsError as error:
            print_error(error)
            failed = True
    if failed:
        raise typer.Exit(1)
