"""Files that are there whole or not at all."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A path to write to; what is there in the end takes the place of `target`.

    Raises:
        OSError: If it cannot be put there; then nothing is left behind.
    """
    us = f"{os.getpid()}-{threading.get_ident()}"
    partial = target.with_name(f"{target.name}.{us}.partial")
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
