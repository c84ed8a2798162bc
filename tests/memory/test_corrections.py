"""Corrections: the last one counts, undo restores the one before, history stays."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.memory import Memory, Space, repair, verify
from affectgraph.memory.backends.sqlite.schema import MIGRATIONS
from affectgraph.tools.errors import MemoryStoreError, SettingError

CLIP = f"{1:064x}"


def labels(memory, face, towards):
    recalled = memory.recall({face: towards(0)}, leading="sad", rivals=["angry"])
    return {hit.case.label for hit in recalled}


def test_a_correction_is_a_case_with_its_history(memory, case, face, towards):
    entry = memory.correct(
        case(1, "sad", annotator="ann"),
        {face: towards(20)},
        before="happy",
        note="A bitter smile.",
    )
    assert labels(memory, face, towards) == {"sad"}
    assert memory.history(CLIP) == memory.history() == [entry]
    assert (entry.kind, entry.before, entry.after) == ("corrected", "happy", "sad")
    assert (entry.annotator, entry.note) == ("ann", "A bitter smile.")
    assert datetime.now(UTC) - entry.at < timedelta(minutes=1)


def test_a_later_correction_takes_the_place_of_an_earlier(memory, case, face, towards):
    memory.correct(case(1, "sad"), {face: towards(20)}, before=None)
    memory.correct(
        case(1, "angry", annotator="ben"), {face: towards(20)}, before="happy"
    )
    assert labels(memory, face, towards) == {"angry"}
    assert [entry.after for entry in memory.history(CLIP)] == ["sad", "angry"]


def test_undo_brings_back_the_one_before_then_none(memory, case, face, towards):
    memory.correct(case(1, "sad"), {face: towards(20)}, before="happy")
    memory.correct(case(1, "angry"), {face: towards(20)}, before="happy")
    first = memory.undo(CLIP, annotator="ben", note="He was right.")
    assert (first.before, first.after, first.annotator) == ("angry", "sad", "ben")
    assert labels(memory, face, towards) == {"sad"}
    second = memory.undo(CLIP)
    assert (second.before, second.after) == ("sad", "happy")
    assert memory.search() == []
    assert len(memory.history(CLIP)) == 4
    with pytest.raises(SettingError, match="no correction"):
        memory.undo(CLIP)
    assert len(memory.history(CLIP)) == 4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["sad", "angry", "fear", None]), max_size=12))
def test_a_clip_has_the_case_of_the_last_correction_in_force(steps):
    from affectgraph.memory import Case

    memory, space = Memory(seed=False), Space(modality="face")
    in_force = []
    for label in steps:
        if label is not None:
            corrected = Case(sha256=CLIP, label=label)
            memory.correct(corrected, {space: np.ones(3)}, before="happy")
            in_force.append(label)
        elif in_force:
            memory.undo(CLIP)
            in_force.pop()
        assert [hit.label for hit in memory.search()] == in_force[-1:]
    assert memory.stats().corrections == len(memory.history())


def test_an_annotation_of_the_same_clip_stays(memory, case, face, towards):
    added = memory.add(case(1, "fear", source="set A"), {face: towards(10)})
    memory.correct(case(1, "sad"), {face: towards(10)}, before="happy")
    memory.undo(CLIP)
    assert [hit.id for hit in memory.search()] == [added]


def test_a_correction_without_vectors_is_refused(memory, case):
    with pytest.raises(MemoryStoreError, match="no vectors"):
        memory.correct(case(1, "sad"), {}, before="happy")
    assert memory.search() == memory.history() == []


def test_forgetting_takes_the_history_along(memory, place, case, face, towards):
    corrected = case(1, "sad", annotator="ann")
    memory.correct(corrected, {face: towards(20)}, before="happy", note="Weeps unseen.")
    memory.correct(case(2, "sad"), {face: towards(30)}, before="happy")
    assert memory.forget(corrected.id) == 1
    assert [entry.clip for entry in memory.history()] == [case(2).sha256]
    files = place.iterdir() if isinstance(place, Path) else ()
    assert not any(b"Weeps unseen" in path.read_bytes() for path in files)


def test_a_clip_is_forgotten_altogether(memory, case, face, towards):
    memory.correct(case(1, "sad"), {face: towards(20)}, before="happy")
    memory.undo(CLIP)
    memory.add(case(1, "fear"), {face: towards(20)})
    assert memory.forget(clip=CLIP) == 1
    assert memory.search() == memory.history() == []


def test_many_correct_one_clip_at_once(place, case, face, towards):
    memories = [Memory(place, seed=False) for _ in range(4)]

    def correct(number):
        memories[number % 4].correct(
            case(1, "sad", annotator=str(number)), {face: towards(20)}, before=None
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(correct, range(20)))
    (left,) = memories[0].search()
    assert len(memories[0].history()) == 20
    assert memories[0].history()[-1].case == left
    assert verify(place) == []


def test_repair_saves_the_history(tmp_path, case, face, towards):
    memory = Memory(tmp_path, seed=False)
    memory.correct(case(1, "sad"), {face: towards(20)}, before="happy")
    memory.correct(case(2, "sad"), {face: towards(30)}, before="happy")
    history = memory.history()
    memory.close()
    with sqlite3.connect(tmp_path / "cases.sqlite") as connection:
        connection.execute("INSERT INTO corrections (sha256, body) VALUES ('', '{}')")
        connection.execute("UPDATE spaces SET vectors = 7")
    connection.close()
    assert verify(tmp_path)
    assert repair(tmp_path)
    assert verify(tmp_path) == []
    assert Memory(tmp_path, seed=False).history() == history


def test_a_memory_of_the_first_release_is_brought_up(tmp_path, case, face, towards):
    old = case(1, created=datetime(2026, 1, 2, tzinfo=UTC))
    connection = sqlite3.connect(tmp_path / "cases.sqlite")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO cases (id, sha256, label, annotator, source, body)"
        " VALUES (?, ?, ?, '', '', ?)",
        (old.id, old.sha256, old.label, old.model_dump_json()),
    )
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    memory = Memory(tmp_path, seed=False)
    assert memory.search(since=old.created) == [old]
    assert memory.search(until=old.created) == []
    memory.correct(case(1, "sad"), {face: towards(20)}, before="happy")
    assert len(memory.history()) == 1
