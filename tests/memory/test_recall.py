"""Which cases are recalled, and which never are."""

from pathlib import Path

import numpy as np
import pytest

from affectgraph.memory import seed
from affectgraph.tools.errors import MemoryStoreError, SettingError


def test_an_empty_memory_recalls_nothing(memory, face, towards):
    assert memory.recall({face: towards(0)}, leading="sad", rivals=["happy"]) == []


def test_no_vectors_recall_nothing(memory, case, face, towards):
    memory.add(case(1), {face: towards(0)})
    assert memory.recall({}, leading="happy") == []


def test_the_three_kinds(memory, case, face, towards):
    memory.add(case(1, "happy"), {face: towards(10)})
    memory.add(case(2, "sad"), {face: towards(20)})
    memory.add(case(3, "happy"), {face: towards(30)})
    memory.add(case(4, "fear"), {face: towards(50)})
    memory.add(case(5, "happy"), {face: towards(60)})
    memory.add(case(6, "fear"), {face: towards(70)})

    recalled = memory.recall({face: towards(0)}, leading="happy", rivals=["fear"], k=2)

    assert [(hit.kind, int(hit.case.sha256, 16)) for hit in recalled] == [
        ("supporting", 1),
        ("supporting", 3),
        ("confusing", 2),
        ("counter", 4),
    ]


def test_a_rival_far_away_is_found_all_the_same(memory, case, face, towards):
    memory.add_all((case(n), {face: towards(5 + n / 100)}) for n in range(200))
    memory.add(case(999, "disgust"), {face: towards(89)})
    recalled = memory.recall({face: towards(0)}, leading="happy", rivals=["disgust"])
    assert [hit.case.label for hit in recalled if hit.kind == "counter"] == ["disgust"]


def test_similarity_is_the_mean_over_shared_modalities(
    memory, case, face, voice, towards
):
    memory.add(case(1), {face: towards(60), voice: towards(90)})
    memory.add(case(2), {voice: towards(30)})
    query = {face: towards(0), voice: towards(0)}

    first, second = memory.recall(query, leading="happy")

    assert first.modalities == ("prosody",)
    assert first.similarity == pytest.approx(np.cos(np.radians(30)))
    assert second.modalities == ("face", "prosody")
    assert second.similarity == pytest.approx(0.25)


def test_what_unrelated_cases_share_does_not_count_as_similar(memory, case):
    shipped = next(seed.read_seed(Path(seed.__file__).parent))
    unit = shipped.vectors / np.linalg.norm(shipped.vectors, axis=1, keepdims=True)
    labels = np.array([case.label for case in shipped.cases])
    unlike = labels[:, None] != labels
    query = {shipped.space: unit[0]}
    memory.add_all((case(n), {shipped.space: v}) for n, v in enumerate(unit[1:]))
    recalled_cases = memory.recall(query, leading="happy", k=1000)
    cosines = sorted(unit[1:] @ unit[0], reverse=True)
    background = (unit @ unit.T)[unlike].mean()
    assert recalled_cases[0].similarity == pytest.approx(
        (cosines[0] - background) / (1 - background), abs=1e-3
    )
    assert recalled_cases[-1].similarity == 0.0


def test_length_of_a_vector_does_not_matter(memory, case, face, towards):
    memory.add(case(1), {face: 1000 * towards(60)})
    (hit,) = memory.recall({face: 0.01 * towards(0)}, leading="happy")
    assert hit.similarity == pytest.approx(0.5)


def test_opposite_is_not_similar_at_all(memory, case, face, towards):
    memory.add(case(1), {face: towards(180)})
    (hit,) = memory.recall({face: towards(0)}, leading="happy")
    assert hit.similarity == 0.0


def test_the_clip_itself_never_comes_back(memory, case, face, towards):
    memory.add(case(1), {face: towards(30)})
    other_id = memory.add(case(2), {face: towards(40)})
    recalled = memory.recall(
        {face: towards(0)}, leading="happy", exclude=[case(1).sha256]
    )
    assert [hit.case.id for hit in recalled] == [other_id]


def test_a_duplicate_never_comes_back(memory, case, face, voice, towards):
    memory.add(case(1), {face: towards(1), voice: towards(1)})
    same_face = memory.add(case(2), {face: towards(1), voice: towards(45)})
    query = {face: towards(0), voice: towards(0)}
    assert [hit.case.id for hit in memory.recall(query, leading="happy")] == [same_face]


def test_a_copy_encoded_anew_never_comes_back(memory, case, face, voice, towards):
    memory.add(case(1), {face: towards(8), voice: towards(15)})
    alike_to_one = memory.add(case(2), {face: towards(8), voice: towards(45)})
    face_alone = memory.add(case(3), {face: towards(8)})
    recalled = memory.recall({face: towards(0), voice: towards(0)}, leading="happy")
    assert [hit.case.id for hit in recalled] == [face_alone, alike_to_one]


def test_a_counter_is_the_nearest_by_all_senses_together(memory, case, face, voice):
    random = np.random.default_rng(0)
    known = random.normal(size=(600, 2, 8))
    memory.add_all(
        (case(n, "sad"), {face: vectors[0], voice: vectors[1]})
        for n, vectors in enumerate(known)
    )
    unit = known / np.linalg.norm(known, axis=2, keepdims=True)
    for _ in range(5):
        query = random.normal(size=(2, 8))
        query /= np.linalg.norm(query, axis=1, keepdims=True)
        similarities = np.maximum(0.0, (unit * query).sum(axis=2)).mean(axis=1)
        (counter,) = memory.recall(
            {face: query[0], voice: query[1]}, leading="happy", rivals=["sad"], k=1
        )
        assert counter.similarity == pytest.approx(similarities.max())


def test_many_duplicates_do_not_hide_the_others(memory, case, face, towards):
    memory.add_all((case(n), {face: towards(0)}) for n in range(100))
    other_id = memory.add(case(999), {face: towards(40)})
    recalled = memory.recall({face: towards(0)}, leading="happy")
    assert [hit.case.id for hit in recalled] == [other_id]


def test_vectors_of_other_weights_are_not_compared(memory, case, face, towards):
    memory.add(case(1), {face: towards(10)})
    newer = face.model_copy(update={"model": "0" * 64})
    assert memory.recall({newer: np.ones(128)}, leading="happy") == []


def test_the_wrong_dimension_is_refused(memory, case, face, towards):
    memory.add(case(1), {face: towards(0)})
    with pytest.raises(MemoryStoreError, match=r"\[4\].*\[3\]"):
        memory.add(case(2), {face: np.ones(4)})
    with pytest.raises(MemoryStoreError, match=r"\[4\].*\[3\]"):
        memory.recall({face: np.ones(4)}, leading="happy")
    assert memory.stats().cases == 1


@pytest.mark.parametrize("vector", [np.zeros(3), np.full(3, np.nan), np.ones((1, 3))])
def test_a_vector_without_direction_is_refused(memory, case, face, vector):
    with pytest.raises(MemoryStoreError):
        memory.add(case(1), {face: vector})
    assert memory.stats().cases == 0


def test_labels_are_the_basic_emotions(memory, face, towards):
    with pytest.raises(SettingError, match="'joyful'"):
        memory.recall({face: towards(0)}, leading="joyful")
    with pytest.raises(SettingError, match="'glum'"):
        memory.recall({face: towards(0)}, leading="sad", rivals=["glum"])
    with pytest.raises(SettingError, match="k is 0"):
        memory.recall({face: towards(0)}, leading="sad", k=0)
