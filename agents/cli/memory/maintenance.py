"""`affectgraph memory verify` and `repair`: is it sound, and what can be saved."""

import typer

from affectgraph import memory as room
from affectgraph.agents.cli import options
from affectgraph.agents.cli.memory import location
from affectgraph.agents.cli.output import say


def verify(memory: options.Memory = None) -> None:
    """Read everything once; exit code 1, and a line for each, if something is wrong.

    Example: affectgraph memory verify --memory cases
    """
    problems = room.verify(location.named(memory))
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(1)
    print("sound")


def repair(memory: options.Memory = None) -> None:
    """Save what can be read of a damaged memory; set the damaged database aside.

    No other process may be using it meanwhile.

    Example: affectgraph memory repair --memory cases
    """
    done = room.repair(location.named(memory))
    for line in done:
        say(line)
    if not done:
        print("nothing to repair")
