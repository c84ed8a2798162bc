"""The command `affectgraph`, its commands in order, and its exit codes."""

import sys
import warnings
from importlib import metadata
from typing import Annotated

import typer

from affectgraph.agents.cli import (
    analyze,
    audit,
    augment,
    chat,
    demo,
    doctor,
    evaluate,
    mcp,
    memory,
    notice,
    options,
    score,
    tools,
    train,
    web,
    weights,
    what_if,
)
from affectgraph.agents.cli.output import complain, show_warning
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io import malloc, terminal

FAILED, USAGE = 1, 2

app = typer.Typer(
    name="affectgraph",
    help="Tell what emotion a person expresses in a clip, and why.\n\n"
    "Begin with: affectgraph demo, then affectgraph analyze CLIP. Every command has "
    "a --help of its own, with an example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"affectgraph {metadata.version('affectgraph')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_version, is_eager=True, help="Show which this is."
    ),
]


@app.callback()
def _closing(context: typer.Context, version: Version = False) -> None:
    context.call_on_close(options.let_go)


# Panels of the help, in the order in which somebody meets them.
BEGIN, CLOSER, MEASURE = "Begin", "Look closer", "Measure"
TEACH, EXTEND, KEEP = "Teach", "Extend", "Look after"

app.command("demo", rich_help_panel=BEGIN)(demo.demo)
app.command("analyze", rich_help_panel=BEGIN)(analyze.analyze)
app.command("chat", rich_help_panel=CLOSER)(chat.chat)
app.command("web", rich_help_panel=CLOSER)(web.web)
app.command("what-if", rich_help_panel=CLOSER)(what_if.what_if)
app.command("evaluate", rich_help_panel=MEASURE)(evaluate.evaluate)
app.command("score", rich_help_panel=MEASURE)(score.score)
app.add_typer(memory.app, name="memory", rich_help_panel=TEACH)
app.add_typer(augment.app, name="augment", rich_help_panel=TEACH)
app.command("train", rich_help_panel=TEACH)(train.train)
app.add_typer(tools.app, name="tools", rich_help_panel=EXTEND)
app.command("mcp", rich_help_panel=EXTEND)(mcp.mcp)
app.command("doctor", rich_help_panel=KEEP)(doctor.doctor)
app.add_typer(weights.app, name="weights", rich_help_panel=KEEP)
app.add_typer(audit.app, name="audit", rich_help_panel=KEEP)
app.command("notice", rich_help_panel=KEEP)(notice.notice)


def main() -> None:
    """Run a command; what is wrong is one line on standard error."""
    malloc.limit_arenas()
    terminal.guard()
    warnings.showwarning = show_warning
    try:
        app()
    except SettingError as error:
        complain(error)
        sys.exit(USAGE)
    except AffectgraphError as error:
        complain(error)
        sys.exit(FAILED)
    except UnicodeEncodeError:
        complain("an argument is not Unicode; pass it as UTF-8")
        sys.exit(USAGE)
    except OSError as error:
        where = error.filename or "the output"
        complain(
            f"{where}: {error.strerror or error}; make room, or name another place"
        )
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
