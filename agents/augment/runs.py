"""The folder that stores the runs of an augmentation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from affectgraph.graphs.augment.graph import builder
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import make_folder

LEDGER = "rows.jsonl"


def open_runs(folder: Path) -> RunStore:
    """Open the runs in a folder; a run is stored when it waits or ends.

    Storing every step of a hundred thousand clips would fill the folder for no use.

    Raises:
        SettingError: If the folder cannot be used.
    """
    return RunStore(folder, builder, "exit")


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock the folder against other processes.

    Raises:
        SettingError: If another process holds it, or the folder cannot be used.
    """
    try:
        make_folder(folder)
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise SettingError(
            f"{folder}: another augmentation uses it; wait, or name another folder"
        ) from None
    except OSError as error:
        raise SettingError(
            f"{folder}: cannot be used ({error.strerror}); name another folder"
        ) from error
