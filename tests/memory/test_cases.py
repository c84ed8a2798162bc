"""Adding, searching, exporting and forgetting cases."""

import json
import sqlite3
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from affectgraph.memory import Case, Memory, Space
from affectgraph.memory.backends.sqlite.database import SqliteDatabase
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.index import VectorIndex
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import MemoryStoreError, SettingError


def test_a_case_is_named_after_what_was_labelled_and_by_whom(case):
    assert case(1).id == case(1, summary="Another summary.").id
    assert case(1).id != case(1, annotator="ann").id
    assert case(1).id != case(1, "sad").id
    assert Case.model_validate_json(case(1).model_dump_json()) == case(1)


def test_a_case_cannot_take_anothers_name(case):
    with pytest.raises(ValidationError, match="does not belong"):
        case(1, id=case(2).id)


def test_a_label_is_a_basic_emotion(case):
    with pytest.raises(ValidationError, match="'joyful'"):
        case(1, "joyful")


def test_adding_twice_is_one_case_with_the_vectors_of_both(
    memory, case, face, voice, towards
):
    assert memory.add(case(1), {face: towards(10)}) == case(1).id
    memory.add(case(1), {face: towards(80), voice: towards(20)})
    assert memory.stats().cases == 1
    query = {face: towards(10), voice: towards(0)}
    (hit,) = memory.recall(query, leading="happy")
    assert hit.modalities == ("face", "prosody")
    assert hit.similarity == pytest.approx((1 + np.cos(np.radians(20))) / 2)


def test_a_case_added_through_one_memory_is_found_through_another(
    place, case, face, towards
):
    first_memory, second_memory = Memory(place, seed=False), Memory(place, seed=False)
    for number in range(1, 4):
        first_memory.add(case(number), {face: towards(10 * number)})
        assert len(second_memory.recall({face: towards(0)}, leading="happy")) == number


def test_search_by_filters(memory, case, face, towards):
    memory.add(case(1, "sad", annotator="ann"), {face: towards(0)})
    memory.add(case(2, "happy", source="set A"), {})

    def search_labels(**filters):
        return sorted(hit.label for hit in memory.search(**filters))

    assert search_labels() == ["happy", "sad"]
    assert search_labels(source="set A") == ["happy"]
    assert search_labels(annotator="ann", label="sad") == ["sad"]
    assert search_labels(label="fear") == []
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert search_labels(until=tomorrow) == ["happy", "sad"]
    assert search_labels(since=tomorrow) == []
    assert len(memory.search(limit=1)) == 1


SUMMARIES = {
    "happy": "Smiles from 0.8 s to 2.1 s, strongest at 2.0 s. Pitch is high: 216 Hz.",
    "sad": "Vibration is unsteady: 5.0 %. Speech is slow: 1.5 syllables a second.",
    "angry": "Brows drawn together from 0.0 s to 0.4 s. The voice is pressed.",
}


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("SMILES", "happy"),
        ("a grinning face", "happy"),
        ("high-pitched", "happy"),
        ("talks slowly", "sad"),
        ("knitted, pressed", "angry"),
        ("wistful", "sad"),
        ("an unsteady voice", "sad"),
    ],
)
def test_search_by_text_finds_what_is_meant(memory_of_three, words, label):
    original, *others = memory_of_three.search(words)
    assert original.label == label
    assert len(others) == 2
    assert memory_of_three.search(words, label=others[0].label) == [others[0]]


@pytest.fixture
def memory_of_three(case):
    memory = Memory(seed=False)
    for number, (label, summary) in enumerate(SUMMARIES.items()):
        words = ("wistful",) if label == "sad" else ()
        memory.add(case(number, label, summary=summary, labels=words), {})
    return memory


@pytest.mark.parametrize("words", ["!?", "216", " "])
def test_a_text_without_a_known_word_finds_all_in_some_order(memory_of_three, words):
    assert len(memory_of_three.search(words)) == 3


def test_stats_count_what_is_there(memory, case, face, towards):
    memory.add(case(1, "sad", source="set A"), {face: towards(0)})
    memory.add(case(2, "happy", source="set A"), {})
    stats = memory.stats()
    assert (stats.cases, stats.seed_cases) == (2, 0)
    assert stats.labels == {"happy": 1, "sad": 1}
    assert stats.sources == {"set A": 2}
    assert [(s.space, s.dimension, s.vectors, s.index) for s in stats.spaces] == [
        (face, 3, 1, "flat")
    ]
    assert stats.bytes > 0


def test_forgetting_leaves_no_trace_in_any_file(tmp_path, case, face):
    memory = Memory(tmp_path, seed=False)
    stored, forgotten = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    memory.add(case(1), {face: stored})
    deleted = memory.add(case(2, summary="Weeps unseen."), {face: forgotten})
    memory.recall({face: stored + forgotten}, leading="happy")
    unit = forgotten / np.linalg.norm(forgotten.astype(np.float64))
    traces = [b"Weeps unseen", forgotten.tobytes(), unit.astype(np.float32).tobytes()]
    assert all(
        any(trace in content for content in _bytes(tmp_path)) for trace in traces
    )

    assert memory.forget(deleted, "case-unknown") == 1

    recalled = memory.recall({face: stored + forgotten}, leading="happy")
    assert [hit.case.id for hit in recalled] == [case(1).id]
    assert not any(trace in content for content in _bytes(tmp_path) for trace in traces)


def test_what_moved_within_the_file_is_forgotten_too(tmp_path, case):
    memory = Memory(tmp_path, seed=False)
    random = np.random.default_rng(1)
    lengths = random.integers(0, 300, 600)
    memory.add_all(
        (case(n, summary=f"mark {n:03d} {'x' * length}"), {})
        for n, length in enumerate(lengths)
    )
    numbers = random.permutation(600)
    for numbers_part in np.split(numbers[:400], 4):
        memory.forget(*(case(n).id for n in numbers_part))
    content = b"".join(_bytes(tmp_path))
    left = [n for n in range(600) if f"mark {n:03d} ".encode() in content]
    assert left == sorted(numbers[400:])


def test_forgetting_is_not_done_while_another_reads_what_was(tmp_path, case):
    database = SqliteDatabase(tmp_path / "cases.sqlite")
    store = CaseTables(database)
    store.add([(case(1, summary="Weeps unseen."), {})])
    reader = sqlite3.connect(tmp_path / "cases.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM cases").fetchall()
    database.fetch_all("PRAGMA busy_timeout = 50")
    with pytest.raises(MemoryStoreError, match=r"another process.*again"):
        store.forget([case(1).id])
    reader.close()
    assert store.forget([case(1).id]) == 0
    assert not any(b"Weeps unseen" in content for content in _bytes(tmp_path))


def test_an_index_saved_late_or_left_by_the_dead_keeps_nothing(
    tmp_path, case, face, monkeypatch
):
    stored, forgotten = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    first_memory, second_memory = (
        Memory(tmp_path, seed=False),
        Memory(tmp_path, seed=False),
    )
    first_memory.add_all([(case(1), {face: stored}), (case(2), {face: forgotten})])
    build = VectorIndex.build

    def build_after_forgetting(*arguments):
        index = build(*arguments)
        first_memory.forget(case(2).id)
        return index

    monkeypatch.setattr(VectorIndex, "build", build_after_forgetting)
    second_memory.recall({face: stored + forgotten}, leading="happy")
    (tmp_path / "index-1.faiss.1-1.partial").write_bytes(forgotten.tobytes())
    first_memory.forget("case-unknown")
    unit = forgotten / np.linalg.norm(forgotten.astype(np.float64))
    traces = [forgotten.tobytes(), unit.astype(np.float32).tobytes()]
    assert not any(trace in content for content in _bytes(tmp_path) for trace in traces)


def _bytes(folder):
    return [path.read_bytes() for path in folder.iterdir()]


def test_what_one_forgets_the_other_forgets_too(place, case, face, towards):
    first_memory, second_memory = Memory(place, seed=False), Memory(place, seed=False)
    name = first_memory.add(case(1), {face: towards(30)})
    assert second_memory.recall({face: towards(0)}, leading="happy")
    first_memory.forget(name)
    assert second_memory.recall({face: towards(0)}, leading="happy") == []


_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
_vectors = arrays(np.float32, 4, elements=_floats).filter(np.any)
_cases = st.builds(
    Case,
    sha256=st.integers(0, 2**256 - 1).map("{:064x}".format),
    label=st.sampled_from(BASIC_EMOTIONS),
    labels=st.lists(_texts, max_size=3).map(tuple),
    summary=_texts,
    annotator=_texts,
    licence=_texts,
    source=_texts,
)
_spaces = st.sampled_from(["face", "prosody", "gesture"])


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@settings(max_examples=25, deadline=None)
@given(
    cases=st.lists(st.tuples(_cases, st.dictionaries(_spaces, _vectors)), max_size=4)
)
def test_export_and_import_carry_everything(tmp_path_factory, suffix, cases):
    folder = tmp_path_factory.mktemp("memory")
    first_memory, second_memory = (
        Memory(folder / "memory", seed=False),
        Memory(seed=False),
    )
    for case, vectors in cases:
        first_memory.add(case, {Space(modality=m): v for m, v in vectors.items()})
    file = folder / f"cases{suffix}"
    assert first_memory.export(file) == first_memory.stats().cases
    assert second_memory.import_(file) == first_memory.stats().cases
    assert second_memory.import_(file) == 0
    assert second_memory.search(limit=9) == first_memory.search(limit=9)
    first_memory.export(folder / "first.jsonl")
    second_memory.export(folder / "again.jsonl")
    original, copy = (_rows(folder / name) for name in ("first.jsonl", "again.jsonl"))
    assert original == copy
    first_memory.close()


def _rows(path):
    """Vectors as written, and cases with their times in one zone."""
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    return [(Case.model_validate(row["case"]), row["vectors"]) for row in rows]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@pytest.mark.parametrize("harm", ["other model", "longer", "not finite"])
def test_a_row_that_does_not_fit_is_named(tmp_path, case, face, towards, suffix, harm):
    donor, file = Memory(seed=False), tmp_path / f"cases{suffix}"
    donor.add_all((case(n), {face: towards(n)}) for n in range(3))
    donor.export(file)
    memory = Memory(seed=False)
    memory.add(case(9), {face: np.ones(4)} if harm == "longer" else {})
    if harm != "longer":
        path = tmp_path / "rows.jsonl"
        donor.export(path)
        rows = path.read_text().splitlines()
        value = "1e999" if harm == "not finite" else "[]"
        rows[1] = rows[1].replace('"values":[', f'"values":[{value},', 1)
        file = path
        path.write_text("\n".join(rows))
    with pytest.raises(MemoryStoreError, match=rf"{file.name}, row [12]: ") as error:
        memory.import_(file)
    assert "\n" not in str(error.value)
    assert memory.stats().cases == 1


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet " * 99])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    file = tmp_path / "cases.parquet"
    file.write_bytes(content)
    with pytest.raises(
        MemoryStoreError, match=r"cases\.parquet cannot be read"
    ) as error:
        Memory(seed=False).import_(file)
    assert "\n" not in str(error.value)


def test_a_parquet_file_of_something_else_is_refused(tmp_path):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"case": [1]}), tmp_path / "cases.parquet")
    with pytest.raises(MemoryStoreError, match="columns are not those"):
        Memory(seed=False).import_(tmp_path / "cases.parquet")


def test_a_parquet_file_damaged_anywhere_is_refused_or_read(tmp_path, case, face):
    file, memory = tmp_path / "cases.parquet", Memory(seed=False)
    random = np.random.default_rng(0)
    memory.add_all((case(n), {face: random.normal(size=8)}) for n in range(50))
    memory.export(file)
    whole = file.read_bytes()
    for place in random.integers(0, len(whole), 150):
        content = bytearray(whole)
        content[place] ^= 0xFF
        file.write_bytes(content)
        try:
            Memory(seed=False).import_(file)
        except MemoryStoreError as error:
            assert str(file) in str(error)


def test_a_file_of_another_kind_is_refused(memory, tmp_path):
    for touch in (memory.export, memory.import_):
        with pytest.raises(SettingError, match=r"ends in \.jsonl or \.parquet"):
            touch(tmp_path / "cases.csv")
    assert list(tmp_path.glob("*.csv*")) == []


def test_without_pyarrow_the_extra_is_named(memory, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SettingError, match=r"affectgraph\[parquet\]"):
        memory.export(tmp_path / "cases.parquet")
    assert not (tmp_path / "cases.parquet").exists()


def test_a_bad_line_is_named(memory, tmp_path, case, face, towards):
    path = tmp_path / "cases.jsonl"
    memory.add(case(1), {face: towards(0)})
    memory.export(path)
    path.write_text(path.read_text() + '{"case": {"sha256": "none"}}\n')
    with pytest.raises(MemoryStoreError, match=r"cases.jsonl, row 2: case"):
        Memory(seed=False).import_(path)
    with pytest.raises(MemoryStoreError, match="nowhere"):
        memory.import_(tmp_path / "nowhere.jsonl")
