"""The parts of the recipe that need no torch: reading, splitting, calibrating."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from affectgraph.agents.evaluation.bootstrap import score_interval
from affectgraph.agents.evaluation.metrics import mean_recall, top_ece
from affectgraph.agents.training.transcript.calibration import (
    CalibrationSet,
    fit_register,
)
from affectgraph.agents.training.transcript.data import (
    TextExample,
    class_indices,
    read_comments,
    read_dialogues,
    split_by_group,
)
from affectgraph.agents.training.transcript.figures import (
    macro_f1,
    quality_report,
    weighted_f1,
)
from affectgraph.tools.transcript.emotion import calibrate_logits, estimate_quality

pytestmark = pytest.mark.slow

WORDS = [f"word{n}" for n in range(25)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    labels = ["joy", "grief", "neutral", *WORDS]
    (tmp_path / "goemotions_labels.txt").write_text("\n".join(labels))
    rows = ["Great!\t0\ta", "Oh no\t0,1\tb", "Great!\t2\tc"]
    (tmp_path / "goemotions_train.tsv").write_text("\n".join(rows))
    header = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID"
    turns = [
        "Hi,A,neutral,0,0",
        "Go!,B,anger,0,1",
        "Why?,A,sadness,0,2",
        "New,A,joy,1,0",
    ]
    (tmp_path / "meld_train.csv").write_text("\n".join([header, *turns]))
    return tmp_path


def draw_logits(number: int, sharpness: float) -> tuple[np.ndarray, list[TextExample]]:
    """Labels drawn from logits, and those logits `sharpness` times too sure."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (number, 7))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = [random.choice(7, p=row) for row in chances]
    unknown = np.zeros(28, dtype=np.float32)
    basic = np.eye(7, dtype=np.float32)
    texts = [
        TextExample("a b c", (), basic[t], unknown, n) for n, t in enumerate(truth)
    ]
    return logits * sharpness, texts


def test_comments_keep_the_first_of_equal_texts(folder: Path) -> None:
    great, oh_no = read_comments(folder, "train")
    assert class_indices([great, oh_no]).tolist() == [1, -1]
    assert oh_no.basic.tolist() == [0, 0.5, 0.5, 0, 0, 0, 0]
    assert great.words[0] == 1


def test_turns_know_what_was_said_before_in_their_dialogue(folder: Path) -> None:
    first, second, third, new = read_dialogues(folder, "train")
    assert first.context == new.context == ()
    assert [turn.same_speaker for turn in third.context] == [True, False]
    assert second.context[0].text == "Hi"
    assert class_indices([first, second, third, new]).tolist() == [0, 3, 2, 1]


def test_a_dialogue_never_crosses_the_split(folder: Path) -> None:
    learned, apart = split_by_group(read_dialogues(folder, "train"), 0.5, seed=0)
    assert {e.group for e in learned}.isdisjoint(e.group for e in apart)
    assert len(learned) + len(apart) == 4


def test_calibration_finds_the_temperature_that_was_hidden() -> None:
    logits, texts = draw_logits(4_000, sharpness=2.5)
    register = fit_register([CalibrationSet(logits, texts, 1.0)])
    plain = {**register, "temperature": 1.0}
    truth = class_indices(texts)
    after = top_ece(calibrate_logits(logits, register), truth)
    assert after < 0.04 < top_ece(calibrate_logits(logits, plain), truth)


def test_neutral_words_say_less_if_neutral_people_are_rare_elsewhere() -> None:
    """Calibrated on sentences that were spoken with any emotion, neutral is unsure."""
    logits, texts = draw_logits(2_000, sharpness=1.0)
    neutral = np.array([[6.0, *[0.0] * 6]] * 50)
    spoken = [replace(text, basic=np.full(7, 1 / 7, np.float32)) for text in texts[:50]]
    own = CalibrationSet(logits, texts, 0.7)
    alone = fit_register([own])
    both = fit_register([own, CalibrationSet(neutral, spoken, 0.3)])
    at_neutral = [calibrate_logits(neutral[0], fitted)[0] for fitted in (alone, both)]
    assert at_neutral[1] < 0.6 < 0.9 < at_neutral[0]


def test_quality_grows_with_confidence() -> None:
    logits, texts = draw_logits(4_000, sharpness=1.0)
    register = fit_register([CalibrationSet(logits, texts, 1.0)])
    rising = [np.array([p, *[(1 - p) / 6] * 6]) for p in (0.3, 0.5, 0.7, 0.9)]
    found = [estimate_quality(row, 3, register) for row in rising]
    assert found == sorted(found)
    assert 0 < found[0] < found[-1] < 1


def test_scores_on_a_hand_made_case() -> None:
    truth, guess = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    assert mean_recall(truth, guess) == pytest.approx((1.0 + 0.5) / 2)
    assert weighted_f1(truth, guess) == pytest.approx((0.8 + 2 / 3) / 2)
    assert macro_f1(truth, guess) == pytest.approx((0.8 + 2 / 3) / 7)


def test_the_interval_holds_the_score_and_is_repeatable() -> None:
    right = np.array([1.0, 0.0, 1.0, 1.0] * 25)
    groups = np.arange(100)
    figure = score_interval(groups, lambda rows: float(right[rows].mean()))
    assert str(figure).startswith("0.750 [0.6")
    assert figure == score_interval(groups, lambda rows: float(right[rows].mean()))


def test_the_quality_curve_goes_from_least_to_most_trusted() -> None:
    _, texts = draw_logits(50, sharpness=1.0)
    right = np.arange(50) >= 25
    guess = np.where(right, class_indices(texts), (class_indices(texts) + 1) % 7)
    line = quality_report("dev", texts, np.eye(7)[guess], np.arange(50) / 50)
    assert line.endswith("0.00 0.00 0.50 1.00 1.00")
