"""The command `affectgraph`, its commands in order, and its exit codes."""

import sys

import typer

from affectgraph.agents.cli import (
    analyze,
    audit,
    chat,
    demo,
    doctor,
    evaluate,
    heap,
    mcp,
    memory,
    notice,
    options,
    score,
    tools,
    train,
    weights,
    whatif,
)
from affectgraph.agents.cli.output import complain
from affectgraph.tools.errors import AffectgraphError, SettingError

FAILED, USAGE = 1, 2

app = typer.Typer(
    name="affectgraph",
    help="Tell what emotion a person expresses in a clip, and why.\n\n"
    "Begin with: affectgraph demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def _closing(context: typer.Context) -> None:
    context.call_on_close(options.let_go)


app.command("demo")(demo.demo)
app.command("analyze")(analyze.analyze)
app.command("chat")(chat.chat)
app.command("what-if")(whatif.what_if)
app.command("evaluate")(evaluate.evaluate)
app.command("score")(score.score)
app.command("mcp")(mcp.mcp)
app.command("notice")(notice.notice)
app.command("doctor")(doctor.doctor)
app.command("train")(train.train)
app.add_typer(audit.app, name="audit")
app.add_typer(memory.app, name="memory")
app.add_typer(tools.app, name="tools")
app.add_typer(weights.app, name="weights")


def main() -> None:
    """Run a command; what is wrong is one line on standard error."""
    heap.bound()
    try:
        app()
    except SettingError as error:
        complain(error)
        sys.exit(USAGE)
    except AffectgraphError as error:
        complain(error)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
