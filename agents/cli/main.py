"""The program `affectgraph`: its commands and exit codes."""

import sys
import warnings
from typing import Annotated

import typer

from affectgraph import __version__
from affectgraph.agents.cli.cleanup import at_command_end
from affectgraph.agents.cli.command_group import CommandGroup
from affectgraph.agents.cli.messages import print_error, show_warning
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io import malloc, terminal

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="affectgraph",
    cls=CommandGroup,
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
        print(f"affectgraph {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_print_version, is_eager=True, help="Show the version."
    ),
]


@app.callback()
def _on_start(context: typer.Context, version: Version = False) -> None:
    context.call_on_close(at_command_end.close)


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
