"""The recipe of the face sense, on faces made of noise."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from affectgraph.agents.evaluation.metrics import mean_recall  # noqa: E402
from affectgraph.agents.training.face.calibration import (  # noqa: E402
    calibrate,
    fit_quality,
    spoil,
)
from affectgraph.agents.training.face.checkpoint import Checkpoint  # noqa: E402
from affectgraph.agents.training.face.data import (  # noqa: E402
    Faces,
    as_array,
    read,
    without_duplicates,
)
from affectgraph.agents.training.face.export import (  # noqa: E402
    export,
    run,
    write_contract,
)
from affectgraph.agents.training.face.figures import (  # noqa: E402
    divergence,
    one_annotator,
)
from affectgraph.agents.training.face.fit import Phase, fit  # noqa: E402
from affectgraph.agents.training.face.groups import (  # noqa: E402
    CHANGES,
    changed_faces,
)
from affectgraph.agents.training.face.mesh import (  # noqa: E402
    BLENDSHAPES,
    MIRRORED,
    OTHER_SIDE,
    TAUGHT,
    canonical_mesh,
    head_pose,
)
from affectgraph.agents.training.face.movements import (  # noqa: E402
    fit as fit_movements,
)
from affectgraph.agents.training.face.movements import (  # noqa: E402
    read as read_movements,
)
from affectgraph.agents.training.face.speech import Speech, Still  # noqa: E402
from affectgraph.agents.training.face.teacher import (  # noqa: E402
    TeacherLabels,
    find_task,
    teach,
)
from affectgraph.agents.training.face.views import framing, views  # noqa: E402
from affectgraph.agents.training.face.window import VoteHead, moving, stills  # noqa: E402
from affectgraph.tools.emotions import BASIC_EMOTIONS  # noqa: E402
from affectgraph.tools.errors import SettingError  # noqa: E402
from affectgraph.tools.face import window  # noqa: E402

pytestmark = pytest.mark.slow

PHASE = Phase(1, 0.01, 1.0, 0.2)


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


def taught(count, seed=0):
    chance = np.random.default_rng(seed)
    return TeacherLabels(
        np.ones(count, np.float32),
        chance.random((count, len(BLENDSHAPES)), dtype=np.float32),
        chance.normal(0, 10, (count, 3)).astype(np.float32),
        chance.uniform(8, 40, (count, 68, 2)).astype(np.float32),
    )


def photograph_figures(count, seed=0):
    chance = np.random.default_rng(seed)
    votes = chance.dirichlet(np.ones(8) * 0.2, count).astype(np.float32)
    votes[:20] = np.eye(8, dtype=np.float32)[0]
    return Still(
        chance.random((count, len(TAUGHT)), dtype=np.float32) * 0.3,
        chance.normal(0, 1, (count, 5)).astype(np.float32),
        votes,
    )


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_views_are_as_large_as_the_faces_and_reproducible(strength):
    faces, frames = (
        torch.from_numpy(as_array(noise(4))),
        torch.eye(2, 3).repeat(4, 1, 1),
    )
    first, second = (
        views(faces, frames, torch.Generator().manual_seed(1), strength).faces
        for _ in range(2)
    )
    assert first.shape == faces.shape
    assert torch.isfinite(first).all()
    assert torch.equal(first, second)


def test_landmarks_move_with_the_picture():
    faces = torch.zeros(8, 1, 48, 48)
    faces[:, :, 19:22, 29:32] = 1.0
    shown = views(
        faces,
        torch.eye(2, 3).repeat(8, 1, 1),
        torch.Generator().manual_seed(0),
        strength=0.0,
    )
    spots = shown.landmarks(torch.tensor([[[30.0, 20.0]]]).repeat(8, 1, 1))[:, 0]
    for picture, (x, y) in zip(shown.faces[:, 0], spots.round().int(), strict=True):
        assert picture[y, x] > 0.9
    assert shown.mirrored.any() and not shown.mirrored.all()


def test_faces_are_framed_alike_whatever_their_place():
    points = np.random.default_rng(0).uniform(10, 38, (1, 68, 2)).astype(np.float32)
    moved = np.concatenate([points, points * 1.2 + 3.0, np.full_like(points, np.nan)])
    frames = framing(moved)
    where = [
        torch.from_numpy((moved[n] - 23.5) / 24.0) @ frames[n, :, :2].T
        + frames[n, :, 2]
        for n in range(2)
    ]
    assert torch.allclose(where[0], where[1], atol=1e-4)
    assert torch.equal(frames[2], torch.eye(2, 3))


def test_a_mirrored_face_swaps_its_sides():
    assert TAUGHT[MIRRORED[TAUGHT.index("mouthSmileLeft")]] == "mouthSmileRight"
    assert MIRRORED[TAUGHT.index("jawOpen")] == TAUGHT.index("jawOpen")
    assert [OTHER_SIDE[n] for n in (0, 27, 36, 48, 60)] == [16, 27, 45, 54, 64]
    assert sorted(OTHER_SIDE) == list(range(68))


def test_the_canonical_mesh_is_read_from_its_message():
    vertices = np.arange(468 * 5, dtype="<f4").reshape(468, 5)
    numbers = b"".join(b"\x1d" + value.tobytes() for value in vertices.ravel())
    mesh = b"\x08\x01" + numbers + b"\x20\x96\x01"
    length = bytes([len(mesh) & 127 | 128, len(mesh) >> 7])
    assert len(mesh) < 1 << 14
    assert np.array_equal(canonical_mesh(b"\x12" + length + mesh), vertices[:, :3])


@pytest.mark.parametrize(
    ("axis", "degrees"), [(0, 20.0), (1, -30.0), (1, 25.0), (2, 15.0)]
)
def test_the_pose_of_a_turned_head_is_told(axis, degrees):
    canonical = np.random.default_rng(0).normal(0, 5, (468, 3))
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = {
        0: [[1, 0, 0], [0, cos, sin], [0, -sin, cos]],
        1: [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]],
        2: [[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]],
    }[axis]
    points = 3.0 * canonical @ np.array(turn).T * (1.0, -1.0, -1.0) + 100.0
    expected = [0.0, 0.0, 0.0]
    expected[axis] = degrees
    assert head_pose(points, canonical) == pytest.approx(expected, abs=0.01)


def test_the_recipe_repeats_itself_and_goes_on_where_it_was_stopped(tmp_path):
    faces, frames = noise(128), torch.eye(2, 3).repeat(128, 1, 1)
    folders = [tmp_path / name for name in ("first", "second")]
    networks = []
    for folder in folders:
        folder.mkdir()
        networks.append(fit(faces, frames, folder, seed=3, phases=(PHASE,)))
    networks.append(fit(faces, frames, folders[0], seed=3, phases=(PHASE,)))
    first, *others = [list(network.parameters()) for network in networks]
    for other in others:
        assert all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_a_stopped_run_has_as_many_epochs_left(tmp_path):
    network = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(network.parameters(), 0.1, 0.9)
    checkpoint = Checkpoint(tmp_path / "run.safetensors")
    for _ in checkpoint.epochs(1, optimizer, network):
        network(torch.ones(1, 2)).sum().backward()
        optimizer.step()
    later = torch.nn.Linear(2, 1)
    solver = torch.optim.SGD(later.parameters(), 0.1, 0.9)
    epochs = list(Checkpoint(tmp_path / "run.safetensors").epochs(3, solver, later))
    assert epochs == [1, 2]
    assert torch.equal(later.weight, network.weight)


def test_without_the_teacher_the_recipe_says_what_is_missing(tmp_path):
    task = find_task(tmp_path / "data")
    with pytest.raises(SettingError, match=r"face_landmarker\.task"):
        teach(task, noise(1).pixels, tmp_path / "taught.npz")


def test_what_is_exported_answers_like_the_network(tmp_path):
    faces = noise(128)
    frames = torch.eye(2, 3).repeat(128, 1, 1)
    network = fit(faces, frames, tmp_path, seed=0, phases=(PHASE,))
    file = tmp_path / "network.onnx"
    export(network, as_array(faces), file)
    write_contract(file, {"embedding": 192})
    with torch.no_grad():
        plain, _ = network(torch.from_numpy(as_array(faces)))
        flipped, _ = network(torch.from_numpy(as_array(faces)).flip(3))
    expected = (plain + flipped).numpy() / 2.0
    votes, embeddings = run(file, as_array(faces))
    assert np.abs(votes - expected).mean() < 0.1 * expected.std() + 0.02
    assert embeddings.shape == (128, 192)
    (contract,) = onnx.load(file).metadata_props
    assert json.loads(contract.value) == {"embedding": 192}


def test_movements_are_learned_in_their_units(tmp_path, monkeypatch):
    monkeypatch.setattr("affectgraph.agents.training.face.movements.EPOCHS", 1)
    faces, labels = noise(128), taught(128)
    checkpoint = Checkpoint(tmp_path / "run.safetensors")
    network = fit_movements(faces.pixels, labels, checkpoint, seed=0)
    moves, pose, places = read_movements(network, as_array(faces))
    assert moves.shape == (128, len(TAUGHT)) and pose.shape == (128, 3)
    assert ((moves >= 0) & (moves <= 1)).all()
    assert places.shape == (128, 68, 2)
    mirrored = read_movements(network, as_array(faces)[..., ::-1].copy())
    assert np.allclose(mirrored[0][:, MIRRORED], moves, atol=1e-4)
    assert np.allclose(mirrored[1] * (1, -1, -1), pose, atol=1e-3)


def test_a_face_that_speaks_keeps_its_upper_part():
    photographs = photograph_figures(60)
    speech = Speech(photographs, TAUGHT, noise=0.0)
    spoken, silent = (
        speech(photographs, 12, np.random.default_rng(5), talk=talk)[0]
        for talk in (1.0, 0.0)
    )
    brows = [n for n, name in enumerate(TAUGHT) if name.startswith("brow")]
    jaw = TAUGHT.index("jawOpen")
    assert np.allclose(spoken[..., brows], silent[..., brows], atol=1e-6)
    assert spoken[..., jaw].std(axis=1).mean() > 2 * silent[..., jaw].std(axis=1).mean()


def test_a_known_face_is_read_without_what_is_usual_for_it():
    photographs = photograph_figures(60)
    head = VoteHead(np.ones((5, 8), np.float32), np.zeros(8, np.float32))
    speech = Speech(photographs, TAUGHT, noise=0.0)
    strange, familiar = (
        moving(photographs, speech, head, 8, np.random.default_rng(2), known=share)
        for share in (0.0, 1.0)
    )
    assert not np.allclose(strange, familiar)
    usual = window.AverageFace.of((strange - familiar)[0], len(TAUGHT))
    assert all(np.abs(part).max() > 0.01 for part in vars(usual).values())
    assert stills(photographs, head).shape[1] == strange.shape[1]


def test_answers_are_calibrated_to_the_shares_of_votes():
    votes = np.random.default_rng(0).dirichlet(np.ones(8), 400).astype(np.float32)
    sure = (3.0 * np.log(votes + 1e-3)).astype(np.float32)
    calibration = calibrate(sure, votes, 0.3)
    assert calibration.temperature == pytest.approx(3.0, rel=0.15)
    answers = window.softmax((sure + calibration.bias) / calibration.temperature)
    assert divergence(votes, answers) < 0.5 * divergence(votes, window.softmax(sure))


def test_what_is_rare_is_favoured():
    truth = np.array([0] * 900 + [5] * 100)
    votes = np.eye(8, dtype=np.float32)[truth]
    logits = np.random.default_rng(1).normal(0, 0.3, (1000, 8)).astype(np.float32)
    logits += 3.0 * votes
    logits[:, 0] += 2.0
    bias = np.array(calibrate(logits, votes, 0.3).bias)
    answers = (logits + bias).argmax(axis=1)
    plain = logits.argmax(axis=1)
    assert bias[5] > bias[0]
    assert mean_recall(truth, answers) > mean_recall(truth, plain)


def test_one_annotator_tells_all_where_all_agree():
    agreed = 10 * np.eye(3, dtype=np.float32)
    split = np.array([[5, 5, 0], [5, 5, 0]], np.float32)
    assert one_annotator(agreed) == pytest.approx(0.0, abs=1e-6)
    assert one_annotator(np.concatenate([agreed, split])) > 0.1


def test_quality_rises_with_confidence_and_falls_with_spoiling():
    chance = np.random.default_rng(0)
    terms = chance.normal(0, 1, (500, 3)).astype(np.float32)
    right = chance.random(500) < 1 / (1 + np.exp(-2 * terms[:, 0] + terms[:, 2]))
    slopes = fit_quality(terms, right, (1, 1, -1))["slopes"]
    sure, nothing, spoiled = slopes
    assert sure > 1 > abs(nothing) and spoiled < -0.5
    assert fit_quality(terms, right, (-1, 1, 1))["slopes"][0] <= 0


def test_spoiled_faces_keep_their_labels():
    faces = noise(5)
    spoiled = spoil(faces, np.random.default_rng(0))
    assert spoiled.pixels.shape == faces.pixels.shape
    assert (spoiled.labels == faces.labels).all()


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_face_keeps_its_labels_and_its_size(name):
    faces = noise(4)
    changed = changed_faces(faces, CHANGES[name])
    assert changed.pixels.shape == faces.pixels.shape
    assert (changed.labels == faces.labels).all()
    same = (changed.pixels == faces.pixels).all()
    assert same == (name == "as they are")


def test_a_darker_skin_leaves_the_corners_as_they_are():
    face = np.full((48, 48), 128, np.float32)
    darker = CHANGES["skin darker (gamma 2)"](face)
    assert darker[24, 24] == pytest.approx(255 * (128 / 255) ** 2, abs=1)
    assert darker[0, 0] == 128
