"""Tables of features as CSV, Parquet and JSON lines, written as the rows come."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from affectgraph.agents.features.table import (
    TEXT_COLUMNS,
    FeatureTable,
    index_by_time,
)
from affectgraph.tools.errors import SettingError
from affectgraph.tools.extras import arrow_and_parquet
from affectgraph.tools.io.atomic_write import atomic_write, make_folder
from affectgraph.tools.sanitize import escape_formula

if TYPE_CHECKING:
    import pandas

WriteRows = Callable[["pandas.DataFrame"], None]

# Rows in a group of a Parquet file.
_GROUP_ROWS = 10_000


def open_file(path: Path, table: FeatureTable) -> AbstractContextManager[WriteRows]:
    """A file that appears, whole, when the context ends without an error.

    Args:
        path: Ends in `.csv` or `.parquet`.
        table: What its columns are.

    Returns:
        A context with a function that writes rows.

    Raises:
        SettingError: If the suffix is another one, pyarrow is not installed, or the
            file cannot be written.
    """
    formats = {".csv": _csv_file, ".parquet": _parquet_file}
    if path.suffix.lower() not in formats:
        raise SettingError(f"{path}: name a file that ends in .csv or .parquet")
    if path.suffix.lower() == ".parquet":
        arrow_and_parquet()
    return _writable(path, formats[path.suffix.lower()], table)


@contextmanager
def _writable(
    path: Path,
    open_format: Callable[[Path, FeatureTable], AbstractContextManager[WriteRows]],
    table: FeatureTable,
) -> Iterator[WriteRows]:
    try:
        make_folder(path.parent)
        with atomic_write(path) as partial, open_format(partial, table) as write:
            yield write
    except OSError as error:
        raise SettingError(
            f"{path}: cannot be written ({error.strerror}); name another file"
        ) from error


@contextmanager
def _csv_file(path: Path, table: FeatureTable) -> Iterator[WriteRows]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield csv_writer(file, table)


def csv_writer(file: TextIO, table: FeatureTable) -> WriteRows:
    """Write the header of a CSV, and return a function that writes rows.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """

    def write(frame: "pandas.DataFrame", *, header: bool = False) -> None:
        texts = [name for name in TEXT_COLUMNS if name in frame.columns]
        safe = {
            name: frame[name].map(escape_formula, na_action="ignore") for name in texts
        }
        frame.assign(**safe).to_csv(
            file, index=False, header=header, lineterminator="\n"
        )

    write(table.frame({}), header=True)
    return write


@contextmanager
def _parquet_file(path: Path, table: FeatureTable) -> Iterator[WriteRows]:
    import pandas

    arrow, parquet = arrow_and_parquet()
    schema = arrow.Schema.from_pandas(index_by_time(table.frame({})))
    waiting: list[pandas.DataFrame] = []

    def flush() -> None:
        if waiting:
            rows = index_by_time(pandas.concat(waiting))
            writer.write_table(arrow.Table.from_pandas(rows, schema=schema))
            waiting.clear()

    def write(frame: "pandas.DataFrame") -> None:
        waiting.append(frame)
        if sum(map(len, waiting)) >= _GROUP_ROWS:
            flush()

    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        yield write
        flush()


def print_json(frame: "pandas.DataFrame") -> None:
    """Print rows on standard output, one JSON object a line."""
    lines = frame.to_json(orient="records", lines=True, force_ascii=False)
    print(lines, end="")
