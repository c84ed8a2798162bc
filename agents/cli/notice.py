"""`affectgraph notice`: the text for the people exposed."""

from typing import Annotated

import typer

from affectgraph.agents.cli import options
from affectgraph.agents.governance import purpose as purposes

Operator = Annotated[
    str | None, typer.Option("--operator", help="Who uses it on them.")
]


def notice(purpose: options.Purpose = None, operator: Operator = None) -> None:
    """Write the notice that people are owed before their emotions are estimated.

    Article 50(3) of Regulation (EU) 2024/1689 asks for it.

    Example: affectgraph notice --purpose medical --operator "City Hospital"
    """
    print(purposes.transparency_notice(purpose, operator), end="")
