"""The face sense on a real photograph, and on pictures made from it."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.errors import SenseError
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import TEMPLATE, align, as_crop, similarity
from affectgraph.tools.face.baseline import (
    FEATURES,
    FaceBaseline,
    attached,
    read_window,
)
from affectgraph.tools.face.box_track import box_at
from affectgraph.tools.face.detection import detect
from affectgraph.tools.face.expression import classify, still_distribution
from affectgraph.tools.face.facs import ACTION_UNITS, ActionUnit
from affectgraph.tools.face.facts import episodes
from affectgraph.tools.face.movements import measure, names, other_side, population
from affectgraph.tools.face.quality import Conditions, quality
from affectgraph.tools.face.sense import face
from affectgraph.tools.weights import onnx

pytestmark = pytest.mark.slow

ASTRONAUT = Path(__file__).parents[2] / "agents" / "demo" / "astronaut.jpg"


@pytest.fixture(scope="module")
def photograph():
    """A smiling woman, uint8 [384, 384, 3], her face 105 px large."""
    return cv2.imread(str(ASTRONAUT))[..., ::-1].copy()


@pytest.fixture(scope="module")
def wall():
    """A picture without a face."""
    rows = np.linspace(60, 180, 384).astype(np.uint8)
    return np.repeat(np.repeat(rows[:, None, None], 384, 1), 3, 2)


def perceive(source, **options):
    clip = Clip.open(source)
    return face.perceive(clip, clip.span, **options)


def video(path, frames, rate=10):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 4_000_000
        for image in frames:
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_smile_is_found_and_read():
    summary, *facts = perceive(ASTRONAUT)
    assert summary.id == "F1"
    assert top_emotion(summary.distribution) == "happy"
    assert summary.valence > 0
    assert summary.measurements["faces"].value == 1
    assert summary.measurements["coverage"].value == 1.0
    assert "Smiles." in {fact.observation for fact in facts}
    (corners,) = (f for f in facts if f.observation.startswith("Lip corners up (0."))
    assert corners.measurements["AU12 lip corner puller"].value > 0.6
    assert abs(corners.measurements["left over right"].value) < 0.2


def test_every_fact_names_a_measurement_outside_its_usual_range():
    for fact in perceive(ASTRONAUT)[1:]:
        aside = ("peak", "left over right")
        measured = [m for name, m in fact.measurements.items() if name not in aside]
        assert [m.direction for m in measured] in (["low"], ["high"])
        assert all(m.baseline for m in measured)


def test_facts_carry_no_distribution_and_the_summary_keeps_its_vector():
    clip = Clip.open(ASTRONAUT)
    summary, *facts = face.perceive(clip, clip.span)
    assert all(fact.distribution is None for fact in facts)
    assert np.isfinite(clip.kept(summary.embedding)).all()
    assert summary.provenance.sha256


def test_without_a_face_there_is_nothing_to_perceive(wall):
    with pytest.raises(SenseError, match="no face found"):
        perceive(wall)


def test_coverage_is_the_share_of_frames_with_the_subject(tmp_path, photograph, wall):
    path = video(tmp_path / "half.mp4", [photograph] * 20 + [wall] * 20)
    summary, *_ = perceive(path)
    assert summary.measurements["coverage"].value == pytest.approx(0.5, abs=0.11)
    assert "of 20 frames" in summary.observation


def test_a_smile_in_a_video_has_its_span(tmp_path, photograph, wall):
    path = video(tmp_path / "part.mp4", [wall] * 10 + [photograph] * 10 + [wall] * 10)
    _, smile, *_ = perceive(path)
    assert smile.observation.startswith("Smiles from 1.0 s to 1.8 s, strongest at 1.")
    assert smile.span.start == pytest.approx(1.0, abs=0.21)
    assert smile.span.end == pytest.approx(1.9, abs=0.21)


def test_the_timeline_has_one_row_a_second(tmp_path, photograph):
    path = video(tmp_path / "three.mp4", [photograph] * 30)
    summary, *_ = perceive(path)
    assert [row.span.start for row in summary.timeline] == [0.0, 1.0, 2.0]


def test_a_moving_face_is_believed_less_than_a_photograph(tmp_path, photograph):
    still, *_ = perceive(photograph)
    moving, *_ = perceive(video(tmp_path / "still.mp4", [photograph] * 10))
    assert moving.quality < still.quality
    assert max(moving.distribution.values()) < max(still.distribution.values())


def test_of_two_faces_the_larger_is_the_subject(photograph):
    small = cv2.resize(photograph, (192, 192), interpolation=cv2.INTER_AREA)
    pair = np.full((384, 576, 3), 120, np.uint8)
    pair[:192, :192] = small
    pair[:, 192:] = photograph
    summary, *_ = perceive(pair)
    assert summary.measurements["faces"].value == 2
    assert "most prominent of 2 faces" in summary.observation
    assert summary.measurements["face size"].value > 80


def test_blur_and_darkness_lower_the_quality(photograph):
    clear, *_ = perceive(photograph)
    blurred, *_ = perceive(cv2.GaussianBlur(photograph, (0, 0), 5))
    dark, *_ = perceive((photograph * 0.1).astype(np.uint8))
    assert blurred.quality < clear.quality
    assert dark.quality < clear.quality
    assert blurred.measurements["sharpness"].direction == "low"
    assert dark.measurements["contrast"].direction == "low"


def test_a_closer_look_sees_more_frames(tmp_path, photograph):
    path = video(tmp_path / "close.mp4", [photograph] * 20, rate=20)
    assert "5 of 5 frames" in perceive(path)[0].observation
    assert "15 of 15 frames" in perceive(path, fine=True)[0].observation


def test_a_long_video_is_summed_up_in_segments(photograph):
    small = cv2.resize(photograph, (160, 160), interpolation=cv2.INTER_AREA)
    clip = Clip.open(np.stack([small] * 35), frame_rate=1.0)
    found = face.perceive(clip, clip.span)
    summaries = [evidence for evidence in found if evidence.distribution]
    assert len(summaries) == 2
    assert summaries[0].span.end == pytest.approx(summaries[1].span.start)
    assert summaries[0].embedding != summaries[1].embedding


def test_a_tilted_face_is_turned_upright(photograph):
    middle = (192, 192)
    turned = cv2.warpAffine(
        photograph, cv2.getRotationMatrix2D(middle, 15, 1.0), (384, 384)
    )
    upright = align(photograph, detect(photograph)[0].landmarks)
    righted = align(turned, detect(turned)[0].landmarks)
    inner = (slice(8, 44), slice(8, 40))

    def likeness(crop):
        return np.corrcoef(upright[inner].ravel(), crop[inner].ravel())[0, 1]

    assert likeness(righted) > 0.8 > likeness(as_crop(turned[80:200, 130:250]))


@given(
    st.floats(-3.0, 3.0), st.floats(0.2, 5.0), st.floats(-99, 99), st.floats(-99, 99)
)
def test_alignment_undoes_any_turn_scale_and_shift(angle, scale, right, down):
    turn = scale * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    moved = (TEMPLATE @ turn.T + (right, down)).astype(np.float32)
    matrix = similarity(moved, TEMPLATE)
    assert np.allclose(moved @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=0.05)


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, (48, 48)))
def test_every_crop_gives_a_distribution_and_a_quality(crop):
    reading = classify([crop])
    assert reading.probabilities.shape == (1, len(BASIC_EMOTIONS))
    assert reading.probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    assert 0.0 <= reading.qualities[0] <= 1.0


def looks(count, seed=0, scale=1.0):
    """Votes [n, 8], movements [n, m] and embeddings [n, e] of a made-up face."""
    chance = np.random.default_rng(seed)
    embeddings = classify([np.zeros((48, 48), np.uint8)]).embeddings
    return (
        chance.normal(0, scale, (count, 8)).astype(np.float32),
        chance.random((count, len(names())), dtype=np.float32),
        np.repeat(embeddings, count, 0),
    )


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_windows_of_any_length_are_distributions(scale):
    windows = np.stack(
        [window.statistics(*looks(n, seed, scale)) for seed, n in enumerate((1, 3, 40))]
    )
    read_as = window.read(windows)
    assert read_as.probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert ((read_as.contempt >= 0) & (read_as.contempt <= 1)).all()
    likely = still_distribution(read_as.logits)
    assert list(likely) == list(BASIC_EMOTIONS)
    assert sum(likely.values()) == pytest.approx(1.0)


def test_a_face_that_moves_is_never_read_with_certainty():
    windows = np.stack([window.statistics(*looks(9, seed, 300.0)) for seed in range(9)])
    assert window.read(windows).probabilities.max() < 0.99


def test_one_look_is_read_by_the_picture_network_alone():
    votes, movements, embeddings = looks(1)
    still = window.statistics(votes, movements, embeddings)[None]
    other = window.statistics(votes, 1.0 - movements, 2.0 * embeddings)[None]
    assert np.array_equal(window.read(still).logits, window.read(other).logits)


def test_the_quality_of_a_window_falls_with_blur_and_a_turned_head():
    windows = window.statistics(*looks(10))[None]

    def quality_of(sharpness, turned):
        conditions = Conditions(sharpness, 0.2, turned, True, 0.0)
        return quality(window.read(windows), 0, conditions)

    assert quality_of(0.5, 0.0) > quality_of(0.1, 0.0)
    assert quality_of(0.5, 0.0) > quality_of(0.5, 60.0)


def test_what_is_usual_for_a_face_is_taken_out():
    """Somebody whose face at rest looks angry is not taken for angry once known."""
    usual = onnx.load(window.WINDOW).contract["usual"]
    votes, movements, embeddings = (
        np.repeat(np.array([usual[name]], np.float32), 6, 0)
        for name in ("votes", "movements", "embedding")
    )
    frown = np.array([-2, 0, 0, 4, 0, 0, 0, 0], np.float32)
    clip = window.statistics(votes + frown, movements, embeddings)
    once, often = FaceBaseline.of([clip]), FaceBaseline.of([clip] * 20)
    assert FaceBaseline().known == 0 < once.known < often.known < 1
    assert np.argmax(often.votes) == BASIC_EMOTIONS.index("angry")
    baselines = (FaceBaseline(), once, often)
    angry = [read_window(clip, baseline)["angry"] for baseline in baselines]
    assert angry[0] > angry[1] > angry[2]


def test_a_known_face_is_told_to_the_sense_through_its_clip(photograph):
    clip = Clip.open(np.stack([photograph] * 4), frame_rate=5.0)
    face.perceive(clip, clip.span)
    known = FaceBaseline.of([clip.kept(FEATURES)] * 3)
    later = Clip.open(np.stack([photograph] * 4), frame_rate=5.0)
    known.attach(later)
    again = attached(later)
    assert again.clips == 3
    assert again.movements == pytest.approx(known.movements)
    assert again.embedding == pytest.approx(known.embedding)
    (stranger, *_), (friend, *_) = (face.perceive(c, c.span) for c in (clip, later))
    assert friend.distribution["happy"] < stranger.distribution["happy"]


def test_movements_are_told_by_side_and_their_mirror_image_swaps_them(photograph):
    crop = align(photograph, detect(photograph)[0].landmarks)
    half = crop.copy()
    half[24:, :24] = half[30, 12]
    plain, mirrored = measure([half]), measure([half[:, ::-1].copy()])
    swapped = [names().index(other_side(name)) for name in names()]
    assert np.allclose(plain.values[:, swapped], mirrored.values, atol=1e-4)
    assert np.allclose(plain.pose * (1, -1, -1), mirrored.pose, atol=1e-3)


def test_a_head_that_is_turned_in_the_picture_has_another_roll(photograph):
    crop = align(photograph, detect(photograph)[0].landmarks)
    turn = cv2.getRotationMatrix2D((23.5, 23.5), -12, 1.0)
    turned = cv2.warpAffine(crop, turn, (48, 48), borderMode=cv2.BORDER_REPLICATE)
    straight, tilted = measure([crop]).pose[0], measure([turned]).pose[0]
    assert tilted[2] - straight[2] == pytest.approx(12, abs=5)


def test_action_units_name_movements_that_the_network_measures():
    for unit in ACTION_UNITS:
        assert set(unit.movements) <= set(names())
    assert len({unit.number for unit in ACTION_UNITS}) == len(ACTION_UNITS)
    assert set(population()) == set(names())
    smile = ActionUnit(12, "x", "X", ("mouthSmileLeft", "mouthSmileRight"))
    values = np.zeros((1, len(names())), np.float32)
    values[0, names().index("mouthSmileLeft")] = 0.8
    assert smile.values(values, names())[0] == pytest.approx(0.4)
    assert smile.asymmetry(values, names())[0] == pytest.approx(0.8)


def test_a_moving_face_keeps_its_box_between_looks_of_the_detector(photograph):
    """Every fourth frame is searched; in between the face is followed."""

    def shifted(step):
        matrix = np.float32([[1, 0, 6 * step - 30], [0, 1, 4 * np.sin(step)]])
        return cv2.warpAffine(photograph, matrix, (384, 384), borderMode=1)

    frames = [shifted(step) for step in range(11)]
    clip = Clip.open(np.stack(frames), frame_rate=5.0)
    face.perceive(clip, clip.span)
    for step, frame in enumerate(frames):
        box, searched = box_at(clip, step / 5.0), detect(frame)[0].box
        assert np.abs(box - searched).max() < 12.0


def test_a_face_that_jumps_is_searched_for_again(photograph):
    left, right = (np.roll(photograph, shift, axis=1) for shift in (-25, 25))
    clip = Clip.open(np.stack([left, left, right, right]), frame_rate=5.0)
    face.perceive(clip, clip.span)
    moved = box_at(clip, 0.4)[[0, 2]] - box_at(clip, 0.2)[[0, 2]]
    assert moved == pytest.approx(50, abs=8)


def test_a_photograph_is_read_alike_however_it_is_framed(photograph):
    crop = align(photograph, detect(photograph)[0].landmarks)
    crops = [crop, np.roll(crop, 2, axis=0), np.roll(crop, 2, axis=1)]

    def spread(still):
        return np.ptp(classify(crops, still=still).votes, axis=0).mean()

    assert spread(still=True) < spread(still=False)


def test_a_mirrored_face_reads_the_same(photograph):
    crop = align(photograph, detect(photograph)[0].landmarks)
    plain, mirrored = classify([crop]), classify([crop[:, ::-1].copy()])
    assert np.allclose(plain.logits, mirrored.logits, atol=1e-4)


def test_short_pauses_in_an_episode_are_bridged():
    times = [0.0, 0.2, 0.4, 0.6, 1.6, 1.8]
    assert episodes(times, [True, False, True, False, True, True]) == [
        slice(0, 3),
        slice(4, 6),
    ]
