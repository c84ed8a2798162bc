"""One stage of a benchmark in a process of its own: what it cost, as a line of JSON.

Knows nothing of what it measures and imports nothing but Python's own, so that any
interpreter can run it.
"""

import json
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Work = Callable[[], object]
Stage = Callable[[Path], Work]

# What is over sooner than this many CPU seconds is done again, and averaged.
_ENOUGH = 0.1


def clock() -> tuple[float, float]:
    """CPU seconds of this process and those it started; seconds since some moment."""
    spent = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        spent += usage.ru_utime + usage.ru_stime
    return spent, time.monotonic()


def peak() -> float:
    """Most megabytes that this process, or one that it started, has held."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) / 1024


def report(stages: Mapping[str, Stage], arguments: list[str]) -> None:
    """Measure the stage named: cold on the first clip, warm on the second.

    A stage prepares for a clip, at no cost, and gives back the work. Cold is all that
    the process has cost when the first work is done, without what was prepared.

    Args:
        stages: By name.
        arguments: Name of the stage, `time.monotonic()` when the process was started,
            and two clips.
    """
    name, started, first, second = arguments
    before = clock()
    try:
        work = stages[name](Path(first))
        after = clock()
        work()
        ended = clock()
    except ImportError as error:
        print(json.dumps({"lacks": error.name or str(error)}))
        return
    cold = [end - (b - a) for end, a, b in zip(ended, before, after, strict=True)]
    cold[1] -= float(started)
    work, runs, began = stages[name](Path(second)), 0, clock()
    while not runs or clock()[0] - began[0] < _ENOUGH:
        work()
        runs += 1
    warm = [(b - a) / runs for a, b in zip(began, clock(), strict=True)]
    print(json.dumps({"cold": cold, "warm": warm, "peak": peak()}))
