"""`affectgraph weights`: list, fetch and verify weights files."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from affectgraph.agents.cli import options
from affectgraph.agents.cli.output import complain
from affectgraph.graphs.reasoner import models
from affectgraph.tools import weights
from affectgraph.tools.errors import WeightsError
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.weights import ensure

app = typer.Typer(help="List, fetch and verify weights files.", no_args_is_help=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME...", help="Files or groups; what runs by default."),
]
DEFAULT = ("whisper-tiny.en", *models.required_weights(models.DEFAULT_MODEL))


@app.command("list")
def list_(json: options.Json = False) -> None:
    """Show every weights file, its licence, and whether it is here.

    Example: affectgraph weights list
    """
    if json:
        for entry in weights.entries():
            print(entry.model_dump_json())
        return
    table = Table("MB", "here", "name, purpose and licence", box=None, pad_edge=False)
    for entry in weights.entries():
        here = "yes" if weights.find(entry) else "no"
        about = Text.assemble(
            f"{entry.name}\n", (f"{entry.purpose}; {entry.licence}", "dim")
        )
        table.add_row(f"{entry.bytes / 1e6:.1f}", here, about)
    Terminal(highlight=False).print(table)


@app.command()
def fetch(names: Names = None) -> None:
    """Fetch weights files that are not here yet.

    Example: affectgraph weights fetch whisper-tiny.en
    """
    ensure.ensure_weights(names or DEFAULT)


@app.command()
def verify(names: Names = None) -> None:
    """Hash the weights files that are here; exit code 1 if one is not right.

    Example: affectgraph weights verify
    """
    chosen = names or [entry.name for entry in weights.entries()]
    wanted = [entry for name in chosen for entry in weights.group_entries(name)]
    failed = False
    for entry in wanted:
        if not names and weights.find(entry) is None:
            continue
        try:
            weights.verify(entry)
            print(f"ok  {entry.name}")
        except WeightsError as error:
            complain(error)
            failed = True
    if failed:
        raise typer.Exit(1)
