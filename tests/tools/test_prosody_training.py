"""The training recipe of the prosody sense, on small made-up material."""

import struct
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
onnx = pytest.importorskip("onnx", reason="the extra `train` is not installed")

from affectgraph.agents.evaluation import metrics  # noqa: E402
from affectgraph.agents.training.onnx_files import save_with_contract  # noqa: E402
from affectgraph.agents.training.prosody import burst_recipe, validation  # noqa: E402
from affectgraph.agents.training.prosody.augmented import AugmentedVoices  # noqa: E402
from affectgraph.agents.training.prosody.burst_data import make_background  # noqa: E402
from affectgraph.agents.training.prosody.burst_network import (  # noqa: E402
    BurstNetwork,
    fit_classifier,
    predict,
    word_families,
)
from affectgraph.agents.training.prosody.data import distort  # noqa: E402
from affectgraph.agents.training.prosody.encoder import read_ctranslate2  # noqa: E402
from affectgraph.agents.training.prosody.export import export_head  # noqa: E402
from affectgraph.agents.training.prosody.features import Voices, extract_voices  # noqa: E402
from affectgraph.agents.training.prosody.head import fit, logits, speaker_baseline  # noqa: E402
from affectgraph.agents.training.prosody.network import HeadSettings  # noqa: E402
from affectgraph.tools.augment.augmented import AugmentedClip  # noqa: E402
from affectgraph.tools.clip import SAMPLING_RATE  # noqa: E402
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution  # noqa: E402
from affectgraph.tools.errors import SettingError  # noqa: E402

pytestmark = pytest.mark.slow

SPEAKERS, EACH, WIDTH = 8, 28, 40
QUICK = HeadSettings(skipped=0, hidden=16, members=2, epochs=30, batch=32)


@pytest.fixture(scope="module")
def voices() -> Voices:
    """Emotion moves the features, and so does the speaker, twice as much."""
    rng = np.random.default_rng(0)
    emotion = np.tile(np.arange(7), SPEAKERS * EACH // 7)
    speaker = np.repeat(np.arange(SPEAKERS), EACH)
    effects = rng.standard_normal((7, WIDTH))
    habits = 2.0 * rng.standard_normal((SPEAKERS, WIDTH))
    clean = (
        effects[emotion] + habits[speaker] + rng.standard_normal((len(emotion), WIDTH))
    )
    copies = np.stack([clean, clean + 0.3 * rng.standard_normal(clean.shape)], axis=1)
    return Voices(
        features=copies.astype(np.float32),
        measures=np.ones((len(emotion), 10)),
        seconds=np.full(len(emotion), 2.0),
        emotion=emotion.astype(np.int64),
        corpus=np.where(speaker < 4, "one", "two"),
        speaker=speaker.astype(str),
        sentence=(emotion % 2).astype(str),
    )


def test_a_folder_without_voices_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="speech: no recordings to learn from"):
        extract_voices(tmp_path, copies=1, seed=0, without=())


def test_no_speaker_is_on_both_sides_of_a_fold(voices: Voices) -> None:
    tested = []
    for train, test in validation.folds(voices, 0):
        assert not set(voices.speaker[train]) & set(voices.speaker[test])
        tested.append(test)
    assert sorted(np.concatenate(tested)) == list(range(len(voices.emotion)))


def test_every_recording_is_scored_by_a_head_that_never_heard_its_corpus(
    voices: Voices,
) -> None:
    scores = validation.leave_one_corpus_out(voices, QUICK, 0)
    first = np.flatnonzero(voices.corpus == "one")
    second = np.flatnonzero(voices.corpus == "two")
    alone = logits(
        fit(voices, second, QUICK, 0, cold_only=True), voices.features[first, 0]
    )
    np.testing.assert_array_equal(scores[first], alone)
    assert scores.shape == (len(voices.emotion), 7)


def test_a_member_can_do_without_the_measured_features(voices: Voices) -> None:
    settings = HeadSettings(skipped=5, hidden=16, members=1, epochs=3, batch=32)
    head = fit(voices, np.arange(len(voices.emotion)), settings, 0)
    rows = voices.features[:9, 0]
    moved = rows.copy()
    moved[:, :5] += 10.0
    np.testing.assert_array_equal(logits(head, rows), logits(head, moved))


def test_a_temperature_is_fitted_on_families_of_classes() -> None:
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((4000, 4))
    families = np.repeat(np.eye(2), 2, axis=0) / 2
    chances = 2 * metrics.softmax(scores) @ families
    label = np.array([rng.choice(2, p=row) for row in chances])
    assert validation.fit_temperature(2.0 * scores, label, families) == pytest.approx(
        2.0, rel=0.15
    )


def test_a_burst_belongs_to_the_basic_emotion_of_its_word() -> None:
    families = word_families(["amusement", "love", "pain", "neutral"])
    named = [BASIC_EMOTIONS[row.argmax()] for row in families]
    assert named == ["happy", "happy", "sad", "neutral"]
    # Two words share happiness.
    assert families.sum(axis=1).tolist() == [0.5, 0.5, 1.0, 1.0]


def test_the_written_burst_network_sums_words_to_emotions(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(3), 40)
    rows = (rng.standard_normal((3, 12))[label] * 3).astype(np.float32)
    classifier = fit_classifier(rows, label, 3, 0, QUICK)
    network = BurstNetwork(classifier, ["amusement", "love", "anger"])
    burst_recipe.export_classifier(
        network,
        {"features": torch.zeros(1, 12)},
        ["words", "emotions"],
        tmp_path / "bursts.onnx",
        {},
    )
    session = runtime.InferenceSession(tmp_path / "bursts.onnx")
    words, emotions = session.run(None, {"features": rows[:50]})
    np.testing.assert_allclose(words, predict(classifier, rows[:50]), atol=1e-4)
    expected = words[:, :2].mean(axis=1)
    happy, angry = BASIC_EMOTIONS.index("happy"), BASIC_EMOTIONS.index("angry")
    total = expected + words[:, 2]
    np.testing.assert_allclose(emotions[:, happy], expected / total, atol=1e-5)
    np.testing.assert_allclose(emotions[:, angry], words[:, 2] / total, atol=1e-5)
    assert (words.argmax(axis=1) == label[:50]).mean() > 0.9


@pytest.mark.parametrize("seed", range(4))
def test_a_made_up_background_is_sound_without_a_voice(seed: int) -> None:
    signal = make_background(np.random.default_rng(seed), 2.0)
    assert len(signal) == 2 * SAMPLING_RATE
    assert np.abs(signal).max() == pytest.approx(0.5, abs=0.01)


def test_to_know_the_speaker_helps(voices: Voices) -> None:
    heard = validation.cross_validate(voices, QUICK, 0)
    cold = metrics.mean_recall(voices.emotion, heard.cold.argmax(axis=1))
    known = metrics.mean_recall(voices.emotion, heard.known.argmax(axis=1))
    assert cold > 2 / 7
    assert known > cold


def test_the_written_head_answers_as_the_fitted_one(
    voices: Voices, tmp_path: Path
) -> None:
    runtime = pytest.importorskip("onnxruntime")
    head = fit(voices, np.arange(len(voices.emotion)), QUICK, 0)
    export_head(head, tmp_path / "head.onnx", {"classes": BASIC_EMOTIONS})
    rows = voices.features[:5, 0]
    usual = speaker_baseline(head, voices.features[:EACH, 0])
    session = runtime.InferenceSession(tmp_path / "head.onnx")
    told = logits(head, rows, usual)
    for trust, scores in ((0.0, logits(head, rows)), (usual.trust, told)):
        inputs = {"features": rows, "speaker": usual.voice}
        known = np.array([trust], np.float32)
        found = session.run(["emotions"], inputs | {"known": known})[0]
        np.testing.assert_allclose(found, metrics.softmax(scores), atol=0.01)


def test_augmented_voices_teach_the_head_for_any_voice_alone(voices: Voices) -> None:
    everyone = np.arange(len(voices.emotion))
    rows = voices.features[:, 0]
    shifted = np.roll(np.eye(7, dtype=np.float32), 1, axis=1)[voices.emotion]
    clip = AugmentedClip(row="1", text="", target=distribution({}), source="human")
    clips = (clip,) * len(everyone)
    weight = np.full(len(everyone), 10, np.float32)
    told = AugmentedVoices(clips, voices.features, shifted, weight)
    plain, taught = (fit(voices, everyone, QUICK, 0, more=m) for m in (None, told))
    wrong = shifted.argmax(axis=1) == logits(taught, rows).argmax(axis=1)
    assert wrong.mean() > 0.5
    assert (logits(plain, rows).argmax(axis=1) == voices.emotion).mean() > 0.5
    for one, other in zip(
        plain.warm.parameters(), taught.warm.parameters(), strict=True
    ):
        assert torch.equal(one, other)
    assert told.without_duplicates(voices) is None


def test_the_same_seed_gives_the_same_head(voices: Voices) -> None:
    everyone = np.arange(len(voices.emotion))
    rows = voices.features[:, 0]
    one, two, other = (logits(fit(voices, everyone, QUICK, s), rows) for s in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_temperature_mends_overconfidence() -> None:
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((4000, 7))
    chances = metrics.softmax(scores)
    emotion = np.array([rng.choice(7, p=row) for row in chances])
    bold = scores * 3.0
    set_to = validation.fit_temperature(bold, emotion)
    assert set_to == pytest.approx(3.0, rel=0.1)
    before = metrics.top_ece(metrics.softmax(bold), emotion)
    after = metrics.top_ece(metrics.softmax(bold, set_to), emotion)
    assert after < 0.05 < before


def test_a_disturbed_voice_is_the_same_voice_a_little_faster() -> None:
    times = np.arange(SAMPLING_RATE) / SAMPLING_RATE
    tone = np.sin(2 * np.pi * 200 * times).astype(np.float32)
    for seed in range(10):
        signal, speed = distort(tone, np.random.default_rng(seed))
        assert 0.9 <= speed <= 1.1
        assert len(signal) == pytest.approx(len(tone) / speed, abs=2)
        assert np.abs(signal).max() <= 1.0
        loudest = np.abs(np.fft.rfft(signal)).argmax() * SAMPLING_RATE / len(signal)
        assert loudest == pytest.approx(200 * speed, rel=0.03)


def test_a_ctranslate2_file_is_read(tmp_path: Path) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    values = np.arange(6, dtype=np.float16).reshape(2, 3)
    variable = text("encoder/x") + struct.pack("<BII", 2, 2, 3)
    variable += struct.pack("<BI", 4, values.nbytes) + values.tobytes()
    head = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, 1)
    file = tmp_path / "model.bin"
    file.write_bytes(head + variable)
    np.testing.assert_array_equal(read_ctranslate2(file)["encoder/x"], values)
    file.write_bytes(struct.pack("<I", 5))
    with pytest.raises(ValueError, match="not a CTranslate2 model"):
        read_ctranslate2(file)


def test_a_written_network_holds_no_path_of_the_machine(tmp_path: Path) -> None:
    import onnx

    node = onnx.helper.make_node("Identity", ["x"], ["y"], doc_string="/home/me/a.py")
    node.metadata_props.add(key="stack", value="/home/me/b.py")
    sides = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1])
        for name in ("x", "y")
    ]
    graph = onnx.helper.make_graph([node], "identity", sides[:1], sides[1:])
    file = tmp_path / "identity.onnx"
    save_with_contract(onnx.helper.make_model(graph), file, {"classes": ["sad"]})
    assert b"/home/me" not in file.read_bytes()
    assert [each.value for each in onnx.load(file).metadata_props] == [
        '{"classes": ["sad"]}'
    ]
