"""Safe terminal output: text from elsewhere cannot control the terminal.

Everything that is printed, also by libraries, passes an `EscapingStream`. Rich consoles
bypass it, because their styles are ours: they are `Terminal`s, which escape text only.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TextIO, TypeVar, cast

import typer.rich_utils
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from affectgraph.tools.sanitize import escape_controls

T = TypeVar("T")


class Terminal(Console):
    """A rich console that escapes all text.

    Strings are data: markup and emoji codes in them have no effect.
    """

    def __init__(self, *, piped_width: int | None = None, **arguments: Any) -> None:
        """Open a console, on standard output by default.

        Args:
            piped_width: Columns if the output is not a terminal. Default: 80.
            arguments: Further arguments of `Console`.
        """
        super().__init__(**{"markup": False, "emoji": False} | arguments)
        if piped_width is not None and not self.is_terminal:
            self.width = piped_width

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render with escaped text; control segments come from rich itself."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else escape_controls(text), style, control)


class _HelpTerminal(Terminal):
    """The console of Typer, whose help texts contain markup."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(markup=True, emoji=True, **arguments)


class EscapingStream:
    """A text stream that escapes what is written, and otherwise behaves the same."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def rich_proxied_file(self) -> Any:
        """The stream that rich consoles write to, by a convention of rich."""
        stream = self._stream
        while (target := getattr(stream, "rich_proxied_file", None)) is not None:
            stream = target
        return stream

    def write(self, text: str) -> int:
        """Write escaped text, and return the length before escaping."""
        self._stream.write(escape_controls(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)


def escape_standard_streams() -> None:
    """Escape standard output, standard error and the consoles of Typer."""
    sys.stdout, sys.stderr = _escaping(sys.stdout), _escaping(sys.stderr)
    vars(typer.rich_utils)["Console"] = _HelpTerminal


@contextmanager
def live_display(display: AbstractContextManager[T]) -> Iterator[T]:
    """Show a live display of rich.

    Rich prints other output above the display and interprets colour codes in it, so
    that output is escaped first.
    """
    with display as entered:
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _escaping(sys.stdout), _escaping(sys.stderr)
        try:
            yield entered
        finally:
            sys.stdout, sys.stderr = streams


def _escaping(stream: Any) -> TextIO:
    return cast(
        TextIO, stream if isinstance(stream, EscapingStream) else EscapingStream(stream)
    )
