"""Durability: crashes, concurrent processes, damage and older releases."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from affectgraph.memory import Memory, repair, verify
from affectgraph.memory.backends.sqlite.schema import VERSION
from affectgraph.tools.errors import MemoryStoreError

pytestmark = pytest.mark.slow

WORKER = """
import sys
import numpy as np
from affectgraph.memory import Case, Memory, Space
place, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
memory = Memory(place, seed=False)
face = Space(modality="face", model="f" * 64)
random = np.random.default_rng(first)
for number in range(first, first + count):
    vector = random.normal(size=8)
    name = memory.add(Case(sha256=f"{number:064x}", label="happy"), {face: vector})
    if number % 10 == 0:
        near = memory.recall({face: vector + 0.2}, leading="happy", k=3)
        assert near, "nothing found beside what was just added"
    print(name, flush=True)
"""


def start(place, first, count):
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(place), str(first), str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def ids(memory):
    return {case.id for case in memory.search(limit=100_000)}


@pytest.fixture
def memory_folder(tmp_path, case, face):
    """A memory in a folder, closed, with 200 cases and a saved index."""
    vectors = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    memory = Memory(tmp_path, seed=False)
    memory.add_all((case(n), {face: v}) for n, v in enumerate(vectors))
    memory.recall({face: np.ones(8)}, leading="happy")
    memory.close()
    return tmp_path


def recall_results(folder, face):
    memory = Memory(folder, seed=False)
    recalled = memory.recall({face: np.ones(8)}, leading="happy", k=20)
    memory.close()
    return [(hit.case.id, hit.similarity) for hit in recalled]


def saved_index(folder):
    (path,) = folder.glob("index-*.faiss")
    return path


def test_kill_9_loses_nothing_that_was_acknowledged(place):
    worker = start(place, 0, 10_000)
    acknowledged = [worker.stdout.readline().strip() for _ in range(500)]
    os.kill(worker.pid, signal.SIGKILL)
    acknowledged += worker.stdout.read().split("\n")[:-1]
    worker.wait()
    worker.stdout.close()

    assert 500 <= len(acknowledged) < 10_000
    assert set(acknowledged) <= ids(Memory(place, seed=False))
    assert verify(place) == []


def test_four_processes_add_and_search_at_once(place, face):
    workers = [start(place, 1000 * number, 60) for number in range(4)]
    added = [name for worker in workers for name in worker.communicate()[0].split()]
    assert [worker.returncode for worker in workers] == [0, 0, 0, 0]
    assert len(added) == 240
    memory = Memory(place, seed=False)
    assert ids(memory) == set(added)
    recalled = memory.recall({face: np.ones(8)}, leading="happy", k=240)
    assert {hit.case.id for hit in recalled} == set(added)
    assert verify(place) == []


def test_threads_share_one_memory(place, case, face):
    memory = Memory(place, seed=False)
    vectors = np.random.default_rng(0).normal(size=(80, 8))

    def add_and_recall(number):
        memory.add(case(number), {face: vectors[number]})
        return memory.recall({face: vectors[number] + 0.3}, leading="happy", k=1)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(add_and_recall, range(80)))
    assert memory.stats().cases == 80


def test_a_missing_index_is_rebuilt(memory_folder, face):
    before = recall_results(memory_folder, face)
    saved_index(memory_folder).unlink()
    assert recall_results(memory_folder, face) == before
    assert saved_index(memory_folder).exists()


def test_a_damaged_index_is_noticed_and_rebuilt(memory_folder, face):
    before = recall_results(memory_folder, face)
    path = saved_index(memory_folder)
    path.write_bytes(path.read_bytes()[:-40] + bytes(40))
    assert [str(path) in line for line in verify(memory_folder)] == [True]
    assert recall_results(memory_folder, face) == before
    assert verify(memory_folder) == []


def test_repair_clears_away_a_damaged_index(memory_folder, face):
    before = recall_results(memory_folder, face)
    saved_index(memory_folder).write_bytes(b"not an index")
    done = repair(memory_folder)
    assert [line.split(";")[0] for line in done] == ["removed index-1.faiss"]
    assert recall_results(memory_folder, face) == before


def test_a_stale_index_catches_up(memory_folder, case, face, tmp_path_factory):
    stale = tmp_path_factory.mktemp("old") / "index"
    path = shutil.copy(saved_index(memory_folder), stale)
    memory = Memory(memory_folder, seed=False)
    first, *_ = memory.recall({face: np.ones(8)}, leading="happy")
    memory.forget(first.case.id)
    nearest = memory.add(case(999), {face: np.ones(8) + 0.2 * np.eye(8)[0]})
    memory.close()
    shutil.copy(path, saved_index(memory_folder))

    result_ids = [name for name, _ in recall_results(memory_folder, face)]
    assert result_ids[0] == nearest
    assert first.case.id not in result_ids


def test_an_index_of_another_database_is_not_used(
    memory_folder, case, face, tmp_path_factory
):
    other_folder = tmp_path_factory.mktemp("other_folder")
    memory = Memory(other_folder, seed=False)
    memory.add_all(
        (case(n), {face: v}) for n, v in enumerate(np.eye(8).repeat(25, axis=0))
    )
    before = recall_results(other_folder, face)
    shutil.copy(saved_index(memory_folder), saved_index(other_folder))
    assert recall_results(other_folder, face) == before


@pytest.mark.parametrize("content", [b"no database at all " * 99, b"short"])
def test_what_is_no_database_is_refused_with_path_and_remedy(tmp_path, content):
    path = tmp_path / "cases.sqlite"
    path.write_bytes(content)
    with pytest.raises(MemoryStoreError) as error:
        Memory(tmp_path, seed=False)
    assert str(path) in str(error.value)
    assert "affectgraph memory repair" in str(error.value)


def test_repair_saves_what_can_be_read(memory_folder, face):
    path = memory_folder / "cases.sqlite"
    whole = ids(Memory(memory_folder, seed=False))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = bytes(8192)
    path.write_bytes(content)
    assert verify(memory_folder)

    done = repair(memory_folder)

    assert "saved" in done[0]
    assert verify(memory_folder) == []
    saved = ids(Memory(memory_folder, seed=False))
    assert saved < whole
    assert len(saved) >= 100
    assert recall_results(memory_folder, face)
    assert (memory_folder / "damaged-1-cases.sqlite").exists()
    assert repair(memory_folder) == []


def test_a_database_that_was_emptied_is_not_taken_for_a_new_one(memory_folder):
    path = memory_folder / "cases.sqlite"
    path.write_bytes(b"")
    with pytest.raises(MemoryStoreError, match=r"cases\.sqlite is damaged.*repair"):
        Memory(memory_folder, seed=False)
    assert str(path) in verify(memory_folder)[0] and not path.stat().st_size
    assert repair(memory_folder)[0].startswith("saved 0 cases")
    assert verify(memory_folder) == []


def test_repair_saves_what_is_left_of_a_file_that_was_cut_off(tmp_path, case, face):
    memory = Memory(tmp_path, seed=False)
    vectors = np.random.default_rng(0).normal(size=(200, 128))
    for first in range(0, 200, 20):
        part = range(first, first + 20)
        memory.add_all((case(n), {face: vectors[n]}) for n in part)
    memory.close()
    path = tmp_path / "cases.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "saved" in repair(tmp_path)[0]
    assert verify(tmp_path) == []
    stats = Memory(tmp_path, seed=False).stats()
    assert 50 <= stats.spaces[0].vectors <= stats.cases < 150


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE cases SET body = '{}' WHERE key = 7",
        "UPDATE vectors SET data = x'00' WHERE key = 7",
        "UPDATE spaces SET vectors = 3",
        "UPDATE cases SET label = 'hapqy' WHERE key = 7",
        "UPDATE cases SET id = 'case-z' WHERE key = 7",
    ],
)
def test_damage_inside_a_row_is_noticed_and_repaired(memory_folder, face, harm):
    path = memory_folder / "cases.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(harm)
    connection.close()
    assert all(str(path) in line and "\n" not in line for line in verify(memory_folder))
    assert repair(memory_folder)
    assert verify(memory_folder) == []
    assert len(ids(Memory(memory_folder, seed=False))) >= 199
    assert recall_results(memory_folder, face)


def test_a_folder_without_a_memory_is_said_to_have_none(tmp_path):
    for touch in (verify, repair):
        with pytest.raises(MemoryStoreError, match="no case memory"):
            touch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_schema_is_refused_and_left_alone(memory_folder):
    path = memory_folder / "cases.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    content = path.read_bytes()
    for touch in (
        lambda: Memory(memory_folder, seed=False),
        lambda: repair(memory_folder),
    ):
        with pytest.raises(MemoryStoreError, match=r"later release.*update") as error:
            touch()
        assert str(path) in str(error.value)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MemoryStoreError, match="file"):
        Memory(tmp_path / "file" / "memory", seed=False)
