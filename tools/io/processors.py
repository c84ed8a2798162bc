"""Number of processors that this process may use."""

import os

THREADS_VARIABLE = "AFFECTGRAPH_THREADS"


def processor_count() -> int:
    """The number in `AFFECTGRAPH_THREADS`; otherwise all processors of the machine."""
    setting = os.environ.get(THREADS_VARIABLE, "")
    return max(1, int(setting)) if setting.isdigit() else os.cpu_count() or 1
