"""`affectgraph audit`: check that a log of verdicts is unchanged."""

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.governance.audit_log import AuditLog
from affectgraph.tools.errors import AuditError

app = typer.Typer(help="Check a log of verdicts.", no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="The log that --audit wrote.")
]
Known = Annotated[
    str | None,
    typer.Option(
        metavar="HASH",
        help="A hash that verify printed earlier; it must still be in the log.",
    ),
]


@app.callback()
def audit() -> None:
    """Check a log of verdicts."""


@app.command()
def verify(file: File, known: Known = None) -> None:
    """Follow the chain of hashes; exit code 1 at the first broken line.

    Example: affectgraph audit verify verdicts.jsonl
    """
    count, last, is_known = 0, "none", known is None
    for _, last in AuditLog(file).verify():
        count += 1
        is_known = is_known or last == known
    if not is_known:
        raise AuditError(f"{file}: no line has the hash {known}; it was rewritten")
    print(f"{count} verdicts, unbroken; last hash {last}")
