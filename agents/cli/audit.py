"""`affectgraph audit`: is a log of verdicts as it was written?"""

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.governance.audit_log import AuditLog
from affectgraph.tools.errors import AuditError

app = typer.Typer(help="Look after a log of verdicts.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="What --audit wrote.")]
Known = Annotated[
    str | None,
    typer.Option(
        "--known",
        metavar="HASH",
        help="A hash that verify gave before, kept elsewhere: must still be there.",
    ),
]


@app.callback()
def audit() -> None:
    """Look after a log of verdicts."""


@app.command()
def verify(file: File, known: Known = None) -> None:
    """Follow the chain of hashes; the first broken line ends it, with exit code 1.

    Example: affectgraph audit verify verdicts.jsonl
    """
    count, last, found = 0, "", known is None
    for _, last in AuditLog(file).verify():
        count += 1
        found = found or last == known
    if not found:
        raise AuditError(f"{file}: no line has the hash {known}: it was written anew")
    print(f"{count} verdicts, unbroken; last hash {last or 'none'}")
