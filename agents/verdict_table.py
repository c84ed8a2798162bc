"""Verdicts of many clips as one table, with a bar while they are made."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from rich.progress import Progress

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import AffectgraphError, one_line
from affectgraph.tools.io.terminal import Terminal

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")


def verdict_table(
    names: Sequence[str], results: Iterable[Verdict | AffectgraphError]
) -> "pandas.DataFrame":
    """The rows of `Verdict.to_pandas()` of all clips, and a column `reason`.

    A clip without a verdict has one row with the reason, which is empty elsewhere.

    Args:
        names: Of the clips; what the index calls those that failed.
        results: Of the clips, in the same order.

    Raises:
        AffectgraphError: If no clip has a verdict; the reason of the first.
    """
    import pandas

    tables, failed = [], {}
    for name, result in zip(names, results, strict=True):
        if isinstance(result, AffectgraphError):
            failed[name] = result
        else:
            tables.append(result.to_pandas())
    if failed and not tables:
        raise next(iter(failed.values()))
    table = pandas.concat(tables)
    nowhere = pandas.to_timedelta([None] * len(failed)).astype("timedelta64[ns]")
    index = pandas.MultiIndex.from_arrays(
        [[*failed], nowhere, nowhere], names=table.index.names
    )
    reasons = [one_line(error) for error in failed.values()]
    rows = pandas.DataFrame({"reason": reasons}, index=index)
    return pandas.concat([table.assign(reason=""), *([rows] if failed else [])])


def with_bar(results: Iterable[T], total: int) -> Iterator[T]:
    """The same results, and a bar on standard error, in a notebook, too."""
    console = Terminal(stderr=True)
    if console.is_jupyter:
        # Rich shows no bar in a notebook without ipywidgets; as a terminal it does.
        console = Terminal(stderr=True, force_jupyter=False, force_terminal=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    with bar:
        yield from bar.track(results, total=total, description="analyzing")
