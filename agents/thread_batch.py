"""Analysis of many clips in the threads of one process."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line


def analyze_all(
    analyze: Callable[[Any], Verdict], clips: Iterable[Any], workers: int
) -> Iterator[Verdict | AffectgraphError]:
    """Yield verdicts in the order of the clips; an error takes the place of a verdict.

    Raises:
        SettingError: If `workers` is no whole number from 1.
    """

    def analyze_one(clip: Any) -> Verdict | AffectgraphError:
        try:
            return analyze(clip)
        except AffectgraphError as error:
            return error
        except Exception as error:  # one clip must not end the batch
            wrapped = AffectgraphError(one_line(error))
            wrapped.__cause__ = error
            return wrapped

    if not isinstance(workers, int) or workers < 1:
        raise SettingError("workers: pass a whole number from 1")
    return _map_in_order(analyze_one, clips, workers)


def _map_in_order(
    analyze_one: Callable[[Any], Verdict | AffectgraphError],
    clips: Iterable[Any],
    workers: int,
) -> Iterator[Verdict | AffectgraphError]:
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(analyze_one, clips)
