"""Cases are kept, found, carried elsewhere and forgotten."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from affectgraph.memory import Case, Memory, Space
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import MemoryStoreError


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
    asked = {face: towards(10), voice: towards(0)}
    (one,) = memory.recall(asked, leading="happy")
    assert one.modalities == ("face", "prosody")
    assert one.similarity == pytest.approx((1 + np.cos(np.radians(20))) / 2)


def test_a_case_added_through_one_memory_is_found_through_another(
    place, case, face, towards
):
    one, other = Memory(place, seed=False), Memory(place, seed=False)
    for number in range(1, 4):
        one.add(case(number), {face: towards(10 * number)})
        assert len(other.recall({face: towards(0)}, leading="happy")) == number


def test_search_by_words_and_filters(memory, case, face, towards):
    memory.add(
        case(1, "sad", summary="Smiles while the voice trembles.", labels=("wistful",)),
        {face: towards(0)},
    )
    memory.add(case(2, "happy", summary="Smiles broadly.", source="set A"), {})

    def found(*words, **filters):
        return [one.label for one in memory.search(*words, **filters)]

    assert found("SMILES trembles") == ["sad"]
    assert found("Wistful") == ["sad"]
    assert found("smiles", source="set A") == ["happy"]
    assert found(label="fear") == []
    assert found("label") == []
    assert sorted(found()) == ["happy", "sad"]
    assert len(memory.search(limit=1)) == 1


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
    kept, gone = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    memory.add(case(1), {face: kept})
    forgotten = memory.add(case(2, summary="Weeps unseen."), {face: gone})
    memory.recall({face: kept + gone}, leading="happy")
    unit = gone / np.linalg.norm(gone.astype(np.float64))
    traces = [b"Weeps unseen", gone.tobytes(), unit.astype(np.float32).tobytes()]
    assert all(any(trace in held for held in _bytes(tmp_path)) for trace in traces)

    assert memory.forget(forgotten, "case-unknown") == 1

    recalled = memory.recall({face: kept + gone}, leading="happy")
    assert [one.case.id for one in recalled] == [case(1).id]
    assert memory.search("weeps") == []
    assert not any(trace in held for held in _bytes(tmp_path) for trace in traces)


def _bytes(folder):
    return [path.read_bytes() for path in folder.iterdir()]


def test_what_one_forgets_the_other_forgets_too(place, case, face, towards):
    one, other = Memory(place, seed=False), Memory(place, seed=False)
    name = one.add(case(1), {face: towards(30)})
    assert other.recall({face: towards(0)}, leading="happy")
    one.forget(name)
    assert other.recall({face: towards(0)}, leading="happy") == []


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


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_cases, st.dictionaries(_spaces, _vectors)), max_size=4))
def test_export_and_import_carry_everything(tmp_path_factory, cases):
    folder = tmp_path_factory.mktemp("memory")
    one, other = Memory(folder / "one", seed=False), Memory(seed=False)
    for case, vectors in cases:
        one.add(case, {Space(modality=m): v for m, v in vectors.items()})
    count = one.export(folder / "cases.jsonl")
    assert other.import_(folder / "cases.jsonl") == count == one.stats().cases
    assert other.import_(folder / "cases.jsonl") == 0
    other.export(folder / "again.jsonl")
    first, again = folder / "cases.jsonl", folder / "again.jsonl"
    assert first.read_bytes() == again.read_bytes()
    written = [json.loads(line) for line in first.read_text("utf-8").split("\n")[:-1]]
    assert {line["case"]["id"] for line in written} == {case.id for case, _ in cases}
    one.close()


def test_a_bad_line_is_named(memory, tmp_path, case, face, towards):
    path = tmp_path / "cases.jsonl"
    memory.add(case(1), {face: towards(0)})
    memory.export(path)
    path.write_text(path.read_text() + '{"case": {"sha256": "none"}}\n')
    with pytest.raises(MemoryStoreError, match=r"cases.jsonl, line 2: case"):
        Memory(seed=False).import_(path)
    with pytest.raises(MemoryStoreError, match="nowhere"):
        memory.import_(tmp_path / "nowhere.jsonl")
