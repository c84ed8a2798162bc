"""The command line: `affectgraph`."""

from affectgraph.agents.cli.main import main

__all__ = ["main"]
