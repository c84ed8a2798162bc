"""`affectgraph notice`: the notice for the people who are analysed."""

from typing import Annotated

import typer

from affectgraph.agents.cli import options
from affectgraph.agents.governance import purpose as purposes

Operator = Annotated[str | None, typer.Option(help="Who operates the system.")]


def notice(purpose: options.Purpose = None, operator: Operator = None) -> None:
    """Print the notice for people whose emotions are estimated.

    Article 50(3) of Regulation (EU) 2024/1689 requires it.

    Example: affectgraph notice --purpose medical --operator "City Hospital"
    """
    print(purposes.transparency_notice(purpose, operator), end="")
