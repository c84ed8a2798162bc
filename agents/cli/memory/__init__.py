"""`affectgraph memory`: the user's own annotated cases."""

import typer

from affectgraph.agents.cli.memory import adding, correcting, finding, keeping, upkeep

app = typer.Typer(
    help="Keep annotated cases, find them, correct verdicts.", no_args_is_help=True
)
app.command("add")(adding.add)
app.command("search")(finding.search)
app.command("stats")(finding.stats)
app.command("correct")(correcting.correct)
app.command("undo")(correcting.undo)
app.command("history")(correcting.history)
app.command("export")(keeping.export)
app.command("import")(keeping.import_)
app.command("forget")(keeping.forget)
app.command("verify")(upkeep.verify)
app.command("repair")(upkeep.repair)

__all__ = ["app"]
