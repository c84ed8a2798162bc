"""The commands of the program: each is imported when it is used."""

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

# Panels of the help, in the order in which a new user needs them.
BEGIN, CLOSER, MEASURE = "Begin", "Look closer", "Measure"
TEACH, EXTEND, KEEP = "Teach", "Extend", "Look after"
_DEFAULT = "analyze"


class _Command(NamedTuple):
    """Where a command is defined, in `agents.cli`, and its panel in the help."""

    module: str
    attribute: str
    panel: str


_COMMANDS = {
    "demo": _Command("demo", "demo", BEGIN),
    "analyze": _Command("analyze", "analyze", BEGIN),
    "chat": _Command("chat", "chat", CLOSER),
    "web": _Command("web", "web", CLOSER),
    "live": _Command("live", "live", CLOSER),
    "features": _Command("features", "features", CLOSER),
    "what-if": _Command("what_if", "what_if", CLOSER),
    "evaluate": _Command("evaluate", "evaluate", MEASURE),
    "score": _Command("score", "score", MEASURE),
    "calibrate": _Command("calibrate", "calibrate", MEASURE),
    "memory": _Command("memory", "app", TEACH),
    "augment": _Command("augment", "app", TEACH),
    "train": _Command("train", "train", TEACH),
    "tools": _Command("tools", "app", EXTEND),
    "mcp": _Command("mcp", "mcp", EXTEND),
    "serve": _Command("serve", "serve", EXTEND),
    "doctor": _Command("doctor", "doctor", KEEP),
    "weights": _Command("weights", "app", KEEP),
    "audit": _Command("audit", "app", KEEP),
    "notice": _Command("notice", "notice", KEEP),
}


class CommandGroup(TyperGroup):
    """Commands that are imported when they are used; a clip alone is analysed.

    `affectgraph CLIP` means `affectgraph analyze CLIP`.
    """

    # Some releases of typer bring a click of their own; others use the installed one.
    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands, in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None if there is none of this name."""
        if cmd_name not in _COMMANDS:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that arguments name; `analyze` if they begin with a clip."""
        if args[0] not in _COMMANDS:
            if _is_clip(args[0]):
                args = [_DEFAULT, *args]
            else:
                # Typer proposes a similar name from the commands that are loaded.
                for name in _COMMANDS:
                    self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def _load(name: str) -> Any:
    module, attribute, panel = _COMMANDS[name]
    defined = getattr(import_module(f"affectgraph.agents.cli.{module}"), attribute)
    app = defined
    if not isinstance(defined, typer.Typer):
        app = typer.Typer(
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode="markdown",
        )
        app.command(name)(defined)
    command: Any = typer.main.get_command(app)
    command.name, command.rich_help_panel = name, panel
    return command


def _is_clip(argument: str) -> bool:
    """Whether it is a file, a folder, a pattern, or has the ending of a file."""
    path = Path(argument)
    return argument == "-" or path.exists() or bool(path.suffix) or "/" in argument
