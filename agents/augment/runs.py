"""The folder in which an augmentation keeps what it has come to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from affectgraph.graphs.augment.graph import builder
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import make_folder

LEDGER = "rows.jsonl"


def opened(folder: Path) -> RunStore:
    """The runs in a folder; a clip is kept when it has come to wait, or to its end.

    Half a clip is not worth keeping: step by step, a hundred thousand clips would fill
    the folder with what nobody reads.

    Raises:
        SettingError: If the folder cannot be used.
    """
    return RunStore(folder, builder, "exit")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other processes out of the folder.

    Raises:
        SettingError: If one is there, or the folder cannot be used.
    """
    try:
        make_folder(folder)
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise SettingError(
            f"{folder}: another augmentation works there; wait, or name another folder"
        ) from None
    except OSError as error:
        raise SettingError(
            f"{folder}: cannot be used ({error.strerror}); name another folder"
        ) from error
