"""The affect space: one vector from any combination of senses."""

import numpy as np
import pytest

from affectgraph.memory import Memory, Space
from affectgraph.memory.representation import AFFECT, NETWORK, add_affect_vector
from affectgraph.tools import weights
from affectgraph.tools.weights import onnx

CONTRACT = onnx.load(NETWORK).contract
SENSES = sorted(CONTRACT["senses"])


def sense_vectors(*modalities, seed=0):
    """Vectors as the senses that ship would keep them."""
    chance = np.random.default_rng(seed)
    return {
        Space(modality=name, model=CONTRACT["senses"][name]): chance.normal(
            size=CONTRACT["sizes"][name]
        ).astype(np.float32)
        for name in modalities
    }


def affect(vectors):
    spaces = [space for space in vectors if space.modality == AFFECT]
    return vectors[spaces[0]] if spaces else None


def test_it_knows_the_weights_that_ship():
    shipped = {entry.sha256 for entry in weights.entries()}
    assert set(CONTRACT["senses"].values()) <= shipped
    assert weights.entry(NETWORK).bytes < 2_000_000


@pytest.mark.parametrize(
    "modalities", [SENSES[:1], SENSES[1:2], SENSES[2:], SENSES[:2]]
)
def test_any_senses_give_a_unit_vector_of_one_size(modalities):
    vector = affect(add_affect_vector(sense_vectors(*modalities)))
    assert vector.shape == (CONTRACT["dimension"],)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_every_sense_has_a_say():
    vectors = sense_vectors(*SENSES)
    whole = affect(add_affect_vector(vectors))
    for space in vectors:
        others = {other: vectors[other] for other in vectors if other != space}
        assert affect(add_affect_vector(others)) != pytest.approx(whole, abs=1e-3)


def test_the_length_of_a_vector_does_not_matter():
    vectors = sense_vectors("face")
    longer = {space: 7 * vector for space, vector in vectors.items()}
    assert affect(add_affect_vector(longer)) == pytest.approx(
        affect(add_affect_vector(vectors)), abs=1e-4
    )


def test_vectors_of_other_weights_are_not_projected(face, towards):
    assert list(add_affect_vector({face: towards(0)})) == [face]
    (space, vector), *_ = sense_vectors("face").items()
    retrained = space.model_copy(update={"model": "1" * 64})
    assert affect(add_affect_vector({retrained: vector})) is None


def test_a_sense_with_other_weights_is_as_if_absent():
    both = sense_vectors("face", "prosody")
    face, voice = both
    retrained = face.model_copy(update={"model": "1" * 64})
    mixed = {retrained: both[face], voice: both[voice]}
    alone = {voice: both[voice]}
    assert affect(add_affect_vector(mixed)) == pytest.approx(
        affect(add_affect_vector(alone))
    )


def test_plug_ins_have_no_part_in_it():
    gaze = {Space(modality="gaze", model="0" * 64): np.ones(8, np.float32)}
    assert add_affect_vector(gaze) is gaze


def test_what_is_there_stays():
    once = add_affect_vector(sense_vectors("face"))
    repeated = add_affect_vector({**once, **sense_vectors("prosody")})
    assert affect(repeated) is affect(once)


def test_a_face_finds_a_voice(case):
    memory = Memory(seed=False)
    heard = memory.add(case(1, "sad"), sense_vectors("prosody"))
    (hit,) = memory.recall(sense_vectors("face"), leading="sad")
    assert (hit.case.id, hit.modalities) == (heard, (AFFECT,))


def test_the_seed_is_found_by_any_sense():
    for name in SENSES:
        hits = Memory().recall(sense_vectors(name), leading="happy")
        assert {hit.modalities for hit in hits} == {(AFFECT,)}


def test_without_it_cases_are_compared_as_the_senses_saw_them(case, face, towards):
    memory = Memory(seed=False)
    memory.add(case(1), {face: towards(30)})
    (hit,) = memory.recall({face: towards(0)}, leading="happy")
    assert hit.modalities == ("face",)


def test_what_a_sense_finds_nearly_the_same_is_alike_too(case):
    memory = Memory(seed=False)
    (space, vector), *_ = sense_vectors("face", seed=1).items()
    memory.add(case(1), {space: vector})
    similar_vector = (
        vector + 0.2 * np.abs(vector).mean() * sense_vectors("face", seed=2)[space]
    )
    (hit,) = memory.recall({space: similar_vector}, leading="happy")
    assert hit.modalities == (AFFECT, "face")
    background = CONTRACT["backgrounds"]["face"]
    cosine = (
        similar_vector
        @ vector
        / np.linalg.norm(similar_vector)
        / np.linalg.norm(vector)
    )
    assert hit.similarity >= (cosine - background) / (1 - background) - 1e-5


def test_what_feels_the_same_is_not_yet_the_same_clip(case):
    memory = Memory(seed=False)
    vectors = add_affect_vector(sense_vectors("face", "prosody"))
    (affect_space,) = [space for space in vectors if space.modality == AFFECT]
    similar_vector = vectors[affect_space] + 0.02 * np.eye(1, 64, dtype=np.float32)[0]
    memory.add(case(1), {affect_space: similar_vector})
    assert len(memory.recall(vectors, leading="happy")) == 1
    memory.add(case(2), {affect_space: vectors[affect_space]})
    assert len(memory.recall(vectors, leading="happy")) == 1
