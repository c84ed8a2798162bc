"""`affectgraph augment`: label many clips, sift them, review what is doubtful."""

from typing import Any

import typer
from typer.core import TyperGroup

from affectgraph.agents.cli.augment import label, review

_LABEL = "label"


class _OrClips(TyperGroup):
    """What names no command names clips to label."""

    def parse_args(self, context: Any, arguments: list[str]) -> list[str]:
        """Put the command in front of the clips."""
        if arguments and arguments[0] not in {*self.commands, "--help"}:
            arguments = [_LABEL, *arguments]
        return super().parse_args(context, arguments)


app = typer.Typer(
    cls=_OrClips,
    help="Label unlabelled clips, sift them twice, review what is doubtful.\n\n"
    "affectgraph augment CLIPS is short for affectgraph augment label CLIPS.",
    no_args_is_help=True,
)
app.command(_LABEL)(label.label)
app.command("review")(review.review)

__all__ = ["app"]
