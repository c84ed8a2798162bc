"""Errors and warnings on standard error, results on standard output, a line each."""

import sys
import warnings
from typing import TextIO

from affectgraph.tools.errors import AffectgraphWarning


def print_error(error: object) -> None:
    """Print an error as one line on standard error."""
    print(f"affectgraph: {' '.join(str(error).split())}", file=sys.stderr)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Replacement of `warnings.showwarning`: our warnings are one line."""
    if issubclass(category, AffectgraphWarning):
        print_error(message)
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        print(text, end="", file=file or sys.stderr)


def print_line(text: str) -> None:
    """Print one line of a result on standard output."""
    print(" ".join(text.splitlines()), flush=True)
