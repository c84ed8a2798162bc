"""The program `affectgraph`: its commands and exit codes."""

import sys
import warnings
from importlib import metadata
from typing import Annotated

import typer

from affectgraph.agents.cli import (
    analyze,
    audit,
    augment,
    calibrate,
    case_memory,
    chat,
    demo,
    doctor,
    evaluate,
    features,
    mcp,
    memory,
    notice,
    score,
    tools,
    train,
    web,
    weights,
    what_if,
)
from affectgraph.agents.cli.default_command import CommandsOrClips
from affectgraph.agents.cli.output import print_error, show_warning
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io import malloc, terminal

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="affectgraph",
    cls=CommandsOrClips,
    help="Tell what emotion a person expresses in a clip, and why.\n\n"
    "Begin with: affectgraph demo, then affectgraph CLIP, which is short for "
    "affectgraph analyze CLIP. COMMAND --help explains a command and shows an example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(requested: bool) -> None:
    if requested:
        print(f"affectgraph {metadata.version('affectgraph')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_print_version, is_eager=True, help="Show the version."
    ),
]


@app.callback()
def _on_start(context: typer.Context, version: Version = False) -> None:
    context.call_on_close(case_memory.close_memories)


# Panels of the help, in the order in which a new user needs them.
BEGIN, CLOSER, MEASURE = "Begin", "Look closer", "Measure"
TEACH, EXTEND, KEEP = "Teach", "Extend", "Look after"

app.command("demo", rich_help_panel=BEGIN)(demo.demo)
app.command("analyze", rich_help_panel=BEGIN)(analyze.analyze)
app.command("chat", rich_help_panel=CLOSER)(chat.chat)
app.command("web", rich_help_panel=CLOSER)(web.web)
app.command("features", rich_help_panel=CLOSER)(features.features)
app.command("what-if", rich_help_panel=CLOSER)(what_if.what_if)
app.command("evaluate", rich_help_panel=MEASURE)(evaluate.evaluate)
app.command("score", rich_help_panel=MEASURE)(score.score)
app.command("calibrate", rich_help_panel=MEASURE)(calibrate.calibrate)
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
    """Run a command; print an error as one line on standard error."""
    malloc.limit_arenas()
    terminal.escape_standard_streams()
    warnings.showwarning = show_warning
    try:
        app()
    except SettingError as error:
        print_error(error)
        sys.exit(EXIT_USAGE)
    except AffectgraphError as error:
        print_error(error)
        sys.exit(EXIT_FAILED)
    except UnicodeEncodeError:
        print_error("an argument is not Unicode; pass it as UTF-8")
        sys.exit(EXIT_USAGE)
    except OSError as error:
        path = error.filename or "the output"
        print_error(
            f"{path}: {error.strerror or error}; make room, or name another place"
        )
        sys.exit(EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
