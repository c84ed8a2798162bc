"""The one door to the terminal: what did not come from us is text, never control.

Whatever is printed, by a library too, passes a `Door`; rich consoles, whose styles are
ours, go past it and are `Terminal`s.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TextIO, TypeVar, cast

import typer.rich_utils
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from affectgraph.tools.io.sanitize import escape_controls

T = TypeVar("T")


class Terminal(Console):
    """A rich console whose styles are ours: all text in it is escaped.

    Strings are data: neither markup nor emoji codes are read in them.
    """

    def __init__(self, *, piped_width: int | None = None, **how: Any) -> None:
        """Open it on standard output, or as `how` tells `Console`.

        Args:
            piped_width: Columns where it is no terminal; 80 without it.
            how: As for `Console`.
        """
        super().__init__(**{"markup": False, "emoji": False} | how)
        if piped_width is not None and not self.is_terminal:
            self.width = piped_width

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Segments with escaped text; those that steer a terminal are rich's own."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else escape_controls(text), style, control)


class _HelpTerminal(Terminal):
    """The console of Typer, whose help is marked up."""

    def __init__(self, **how: Any) -> None:
        super().__init__(markup=True, emoji=True, **how)


class Door:
    """A text stream that escapes what is written to it, and else is the same."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def rich_proxied_file(self) -> Any:
        """The stream itself: where rich consoles write, by rich's own convention."""
        stream = self._stream
        while (behind := getattr(stream, "rich_proxied_file", None)) is not None:
            stream = behind
        return stream

    def write(self, text: str) -> int:
        """Write text, escaped; returns how long it was before."""
        self._stream.write(escape_controls(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of them."""
        for line in lines:
            self.write(line)


def guard() -> None:
    """Put a door before standard output and standard error, and Typer's consoles."""
    sys.stdout, sys.stderr = _door(sys.stdout), _door(sys.stderr)
    vars(typer.rich_utils)["Console"] = _HelpTerminal


@contextmanager
def live(display: AbstractContextManager[T]) -> Iterator[T]:
    """Show a display of rich that moves.

    It takes what is printed meanwhile to print it above itself, and would take colours
    in it for styles; so a door is put before it.
    """
    with display as shown:
        behind = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _door(sys.stdout), _door(sys.stderr)
        try:
            yield shown
        finally:
            sys.stdout, sys.stderr = behind


def _door(stream: Any) -> TextIO:
    return cast(TextIO, stream if isinstance(stream, Door) else Door(stream))
