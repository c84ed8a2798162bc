"""Atomic and durable writing, also when the disk fails."""

import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from affectgraph.tools.io.atomic_write import (
    append,
    atomic_write,
    atomic_write_text,
    make_folder,
    open_append,
    sync_folder,
    sync_tree,
)

LINE = b"x" * 99 + b"\n"
Limit = Callable[[int], AbstractContextManager[None]]


def test_what_fails_half_way_leaves_the_old_file(
    tmp_path: Path, largest_file: Limit
) -> None:
    file = tmp_path / "file.txt"
    atomic_write_text(file, "old")
    with largest_file(1000), pytest.raises(OSError, match="large"):
        atomic_write_text(file, "new" * 1000)
    with pytest.raises(KeyboardInterrupt), atomic_write(file) as partial:
        partial.write_text("new")
        raise KeyboardInterrupt
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_line_cut_off_by_a_full_disk_is_taken_back(
    tmp_path: Path, largest_file: Limit
) -> None:
    with open_append(tmp_path / "new" / "lines") as file:
        assert [append(file, LINE), append(file, LINE)] == [0, 100]
        with largest_file(250), pytest.raises(OSError, match="large"):
            append(file, LINE)
        assert (tmp_path / "new" / "lines").read_bytes() == LINE * 2
        assert append(file, LINE) == 200
    assert (tmp_path / "new" / "lines").read_bytes() == LINE * 3


def test_a_line_that_does_not_reach_the_disk_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_io_error(number: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with open_append(tmp_path / "lines") as file:
        append(file, LINE)
        with monkeypatch.context() as disk, pytest.raises(OSError, match="Input"):
            disk.setattr(os, "fsync", raise_io_error)
            append(file, LINE)
        append(file, LINE)
    assert (tmp_path / "lines").read_bytes() == LINE * 2


def test_a_file_system_that_cannot_bring_folders_to_the_disk_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_invalid(number: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", raise_invalid)
    sync_folder(tmp_path)
    with pytest.raises(OSError, match="Invalid"):
        atomic_write_text(tmp_path / "file", "not on the disk")


def test_folders_and_what_is_in_them_outlast_a_power_cut(
    tmp_path: Path, after_power_cut: Callable[[Path], dict[str, bytes]]
) -> None:
    folder = tmp_path / "a" / "b" / "c"
    make_folder(folder)
    (folder / "one").write_bytes(b"1")
    assert after_power_cut(tmp_path) == {}
    (folder / "d").mkdir()
    (folder / "d" / "two").write_bytes(b"2")
    sync_tree(folder)
    assert after_power_cut(tmp_path) == {"a/b/c/one": b"1", "a/b/c/d/two": b"2"}
    make_folder(folder)
    with pytest.raises(OSError, match="exists"):
        make_folder(folder / "one" / "more")
