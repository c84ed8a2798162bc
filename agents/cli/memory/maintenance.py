"""`affectgraph memory verify` and `repair`: check a memory, recover a damaged one."""

import typer

from affectgraph import memory as case_store
from affectgraph.agents.cli import options
from affectgraph.agents.cli.case_memory import require_place
from affectgraph.agents.cli.messages import print_line


def verify(memory: options.Memory = None) -> None:
    """Check everything; print each problem, with exit code 1.

    Example: affectgraph memory verify --memory cases
    """
    problems = case_store.verify(require_place(memory))
    for problem in problems:
        print_line(problem)
    if problems:
        raise typer.Exit(1)
    print("sound")


def repair(memory: options.Memory = None) -> None:
    """Recover what a damaged memory still holds; keep the damaged database aside.

    No other process may use the memory at the same time.

    Example: affectgraph memory repair --memory cases
    """
    actions = case_store.repair(require_place(memory))
    for line in actions:
        print_line(line)
    if not actions:
        print("nothing to repair")
