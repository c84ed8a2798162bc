"""How many processors this process may keep busy."""

import os

VARIABLE = "AFFECTGRAPH_THREADS"


def processors() -> int:
    """As `AFFECTGRAPH_THREADS` says, else all of the machine's."""
    told = os.environ.get(VARIABLE, "")
    return max(1, int(told)) if told.isdigit() else os.cpu_count() or 1
