"""The recipe of the face sense, on faces made of noise."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from affectgraph.agents.training.face.calibration import (  # noqa: E402
    Blend,
    choose_temperature,
    fit_quality,
    spoil,
)
from affectgraph.agents.training.face.data import (  # noqa: E402
    Faces,
    as_array,
    augment,
    read,
    without_duplicates,
)
from affectgraph.agents.training.face.export import export, run, write_contract  # noqa: E402
from affectgraph.agents.training.face.figures import (  # noqa: E402
    calibration_error,
    macro_f1,
    mean_recall,
)
from affectgraph.agents.training.face.fit import Loss, Phase, fit  # noqa: E402
from affectgraph.tools.emotions import BASIC_EMOTIONS  # noqa: E402

pytestmark = pytest.mark.slow


def noise(count, seed=0):
    chance = np.random.default_rng(seed)
    votes = chance.dirichlet(np.ones(8), count).astype(np.float32)
    labels = chance.integers(0, 7, count)
    return Faces(
        chance.integers(0, 256, (count, 48, 48), dtype=np.uint8), labels, votes
    )


def test_votes_and_labels_are_read_in_the_order_of_the_house(tmp_path):
    words = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"]
    votes = np.array([[0, 7, 1, 2, 0, 0, 0, 0, 0, 0], [0] * 8 + [3, 7]], np.uint8)
    np.savez(
        tmp_path / "faces.npz",
        pixels=np.zeros((2, 48, 48), np.uint8),
        fer_label=np.array([3, 0], np.int8),
        fer_classes=["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"],
        ferplus_votes=votes,
        ferplus_classes=[*words, "contempt", "unknown", "NF"],
    )
    faces = read(tmp_path / "faces.npz")
    assert [BASIC_EMOTIONS[label] for label in faces.labels] == ["happy", "angry"]
    assert faces.majority.tolist() == [BASIC_EMOTIONS.index("happy"), -1]
    assert faces.votes[0, :3] == pytest.approx([0, 7 / 9, 2 / 9])
    assert not faces.votes[1].any()


def test_no_image_occurs_twice_nor_on_both_sides():
    faces, seen = noise(6), noise(6).take(np.array([4]))
    twice = faces.take(np.array([0, 1, 0, 4, 5]))
    assert len(without_duplicates(twice).labels) == 4
    assert len(without_duplicates(twice, seen=seen).labels) == 3


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_augmented_faces_are_as_large_and_reproducible(strength):
    faces = torch.from_numpy(as_array(noise(4)))
    first, second = (
        augment(faces, torch.Generator().manual_seed(1), strength) for _ in range(2)
    )
    assert first.shape == faces.shape
    assert torch.isfinite(first).all()
    assert torch.equal(first, second)


def test_the_recipe_repeats_itself():
    faces, phases = noise(128), (Phase(1, 0.01, 1.0),)
    first, second = (fit(faces, seed=3, phases=phases) for _ in range(2))
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_face_without_a_label_teaches_by_its_votes():
    faces = noise(128)
    votes, labels = torch.randn(128, 8), torch.randn(128, 7)
    whole = Faces(faces.pixels, np.full(128, -1), faces.votes)
    half = Faces(whole.pixels, whole.labels, whole.votes / 2)

    def loss(more, first):
        told = Loss(faces.beside(more))
        return told(votes, labels, torch.arange(first, first + 128)).item()

    assert loss(half, 128) == pytest.approx(loss(whole, 128) / 2)
    assert loss(whole, 0) > loss(whole, 128) > 0


def test_what_is_exported_answers_like_the_network(tmp_path):
    faces = noise(128)
    network = fit(faces, seed=0, phases=(Phase(1, 0.01, 1.0),))
    blend = Blend(0.5, 0.3, np.log(np.full(7, 1 / 7, np.float32)))
    file = tmp_path / "network.onnx"
    export(network, blend, as_array(faces), file)
    write_contract(file, {"temperature": 1.5})
    with torch.no_grad():
        votes, labels, _ = network(torch.from_numpy(as_array(faces)))
        flipped, labelled, _ = network(torch.from_numpy(as_array(faces)).flip(3))
    expected = blend((votes + flipped).numpy() / 2.0, (labels + labelled).numpy() / 2.0)
    found = run(file, as_array(faces))
    assert np.abs(found - expected).mean() < 0.1 * expected.std() + 0.02
    (contract,) = onnx.load(file).metadata_props
    assert json.loads(contract.value) == {"temperature": 1.5}


def test_temperature_tames_what_is_too_sure():
    faces = noise(300)
    agreed = Faces(
        faces.pixels, faces.labels, np.eye(8, dtype=np.float32)[faces.labels]
    )
    right = np.float32(4) * np.eye(7, dtype=np.float32)[faces.labels]
    wrong = np.float32(4) * np.eye(7, dtype=np.float32)[(faces.labels + 1) % 7]
    assert choose_temperature(right, agreed) == pytest.approx(0.3)
    assert choose_temperature(wrong, agreed) == pytest.approx(3.0)


def test_quality_rises_with_confidence():
    chance = np.random.default_rng(0)
    faces = noise(400)
    logits = chance.normal(0, 0.3, (400, 7)).astype(np.float32)
    surer = np.arange(400) % 2 == 0
    logits[surer, np.maximum(faces.majority, 0)[surer]] += 4.0
    assert fit_quality(logits, faces)["slope"] > 0


def test_spoiled_faces_keep_their_labels():
    faces = noise(5)
    spoiled = spoil(faces, np.random.default_rng(0))
    assert spoiled.pixels.shape == faces.pixels.shape
    assert (spoiled.labels == faces.labels).all()


def test_figures_on_known_answers():
    truth = np.array([0, 0, 0, 1])
    assert mean_recall(np.array([0, 0, 0, 0]), truth) == pytest.approx(0.5)
    assert macro_f1(np.array([0, 0, 0, 0]), truth) == pytest.approx(3 / 7)
    sure = np.array([[0.75, 0.25]] * 4, np.float32)
    assert calibration_error(sure, truth) == pytest.approx(0.0)
