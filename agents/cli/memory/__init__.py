"""`affectgraph memory`: your own annotated cases."""

import typer

from affectgraph.agents.cli.memory import (
    add,
    correct,
    export_import,
    maintenance,
    search,
)

app = typer.Typer(
    help="Store and find annotated cases, correct verdicts.", no_args_is_help=True
)
app.command("add")(add.add)
app.command("search")(search.search)
app.command("stats")(search.stats)
app.command("correct")(correct.correct)
app.command("undo")(correct.undo)
app.command("history")(correct.history)
app.command("export")(export_import.export)
app.command("import")(export_import.import_)
app.command("forget")(export_import.forget)
app.command("verify")(maintenance.verify)
app.command("repair")(maintenance.repair)

__all__ = ["app"]
