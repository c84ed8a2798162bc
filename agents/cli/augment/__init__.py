"""`affectgraph augment`: label many clips, filter them, review doubtful ones."""

from typing import Any

import typer
from typer.core import TyperGroup

from affectgraph.agents.cli.augment import label, review

_LABEL = "label"


class _DefaultToLabel(TyperGroup):
    """Without a command, the arguments are clips to label."""

    def parse_args(self, context: Any, arguments: list[str]) -> list[str]:
        """Insert the command in front of the clips."""
        if arguments and arguments[0] not in {*self.commands, "--help"}:
            arguments = [_LABEL, *arguments]
        return super().parse_args(context, arguments)


app = typer.Typer(
    cls=_DefaultToLabel,
    help="Label unlabelled clips, filter them twice, review doubtful ones.\n\n"
    "affectgraph augment CLIPS is short for affectgraph augment label CLIPS.",
    no_args_is_help=True,
)
app.command(_LABEL)(label.label)
app.command("review")(review.review)

__all__ = ["app"]
