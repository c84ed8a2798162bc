"""`affectgraph CLIP` means `affectgraph analyze CLIP`."""

from pathlib import Path
from typing import Any

from typer.core import TyperGroup

_DEFAULT = "analyze"


class CommandsOrClips(TyperGroup):
    """A group of commands, of which one is run on what looks like a clip."""

    # Some releases of typer bring a click of their own; others use the installed one.
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that arguments name; `analyze` if they begin with a clip."""
        first = args[0]
        if self.get_command(ctx, first) is None and _is_clip(first):
            args = [_DEFAULT, *args]
        return super().resolve_command(ctx, args)


def _is_clip(argument: str) -> bool:
    """Whether it is a file, a folder, a pattern, or has the ending of a file."""
    path = Path(argument)
    return argument == "-" or path.exists() or bool(path.suffix) or "/" in argument
