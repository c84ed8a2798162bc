"""Evaluation: right figures, honest intervals, and a manifest that is read strictly."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.agents.evaluation import Answers, compute_figures, read_manifest
from affectgraph.agents.evaluation.metrics import aurc, ece
from affectgraph.agents.evaluation.sample_size import sample_size_warnings
from affectgraph.agents.evaluation.speakers import SpeakerBaselines
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphWarning, SettingError
from affectgraph.tools.prosody import prosody
from affectgraph.tools.prosody.baseline import FEATURES_KEY

# The first colour of matplotlib's cycle, blue first.
_FIRST_COLOUR = (180, 119, 31)
TEXTS = """text,label,dialogue,turn,speaker
I am so happy that you came!,joy,1,1,ann
This makes me so angry!,anger,1,2,bob
I am so sad that she died.,sadness,2,1,ann
Oh wow what a surprise!,surprise,2,2,bob
"""


def answers_of(truth: list[int], answer: list[int], confidence: float = 0.9) -> Answers:
    n = len(truth)
    return Answers(
        truth=np.array(truth),
        answer=np.array(answer),
        confidence=np.full(n, confidence),
        abstained=np.zeros(n, bool),
        groups=[str(number) for number in range(n)],
        quality=np.full(n, np.nan),
        likelihood=np.full(n, confidence),
    )


def test_figures_of_a_case_worked_by_hand() -> None:
    # Class 0: 2 of 3 found, 2 of 3 answers right; class 1: 1 of 2 found, 1 of 2 right.
    found = compute_figures(answers_of([0, 0, 0, 1, 1], [0, 0, 1, 1, 0]))
    assert found.accuracy.value == pytest.approx(3 / 5)
    assert found.uar.value == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found.macro_f1.value == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found.weighted_f1.value == pytest.approx((3 * 2 / 3 + 2 * 1 / 2) / 5)
    assert found.ece.value == pytest.approx(0.9 - 3 / 5)
    assert found.log_loss.value == pytest.approx(-np.log(0.9))
    assert found.confusion["neutral"] == {
        "neutral": 2, "happy": 1, "sad": 0, "angry": 0, "fear": 0, "disgust": 0,
        "surprise": 0,
    }  # fmt: skip


def test_risk_is_lowest_where_the_surest_are_right() -> None:
    right = np.array([True, True, False, False])
    sure_when_right = np.array([0.9, 0.8, 0.2, 0.1])
    assert aurc(sure_when_right, right) == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert aurc(-sure_when_right, right) > aurc(sure_when_right, right)


def test_a_calibrated_answer_has_no_calibration_error() -> None:
    right = np.arange(1000) < 700
    assert ece(np.full(1000, 0.7), right) == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=40)
)
def test_every_figure_and_its_interval_lie_between_zero_and_one(pairs: list) -> None:
    found = compute_figures(answers_of(*map(list, zip(*pairs, strict=True))))
    for name in ("accuracy", "uar", "macro_f1", "weighted_f1", "ece", "aurc"):
        figure = getattr(found, name)
        assert 0 <= figure.low <= figure.high <= 1 and 0 <= figure.value <= 1


def test_groups_widen_the_interval() -> None:
    truth = [0] * 40
    answer = [0] * 20 + [1] * 20
    alone = compute_figures(answers_of(truth, answer)).accuracy
    whole = answers_of(truth, answer)
    halves = Answers(
        whole.truth,
        whole.answer,
        whole.confidence,
        whole.abstained,
        ["a"] * 20 + ["b"] * 20,
        whole.quality,
        whole.likelihood,
    )
    grouped = compute_figures(halves).accuracy
    assert grouped.high - grouped.low > alone.high - alone.low


def test_one_speaker_alone_gives_no_interval_without_width() -> None:
    whole = answers_of([0] * 40, [0] * 20 + [1] * 20)
    one = compute_figures(replace(whole, groups=["ann"] * 40)).accuracy
    assert one.low < 0.4 and one.high > 0.6


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text,label\nHello,hungry\n", "row 2: label 'hungry'"),
        ("text,label\nHello,happy\n,sad\n", "row 3: has neither path nor text"),
        ("text\nHello\n", "needs the columns label"),
        ("text,label\n", "no rows"),
        ("text,label,turn\na,happy,first\n", "turn 'first' is no number"),
        ("label,text\nhappy,Well, yes\n", "row 2: more cells than columns; put"),
        ("text,label,turn\na,happy,²\n", "turn '²' is no number"),
        ("text,label,language\na,happy,qq\n", "row 2: language 'qq' is unknown"),
    ],
)
def test_a_wrong_manifest_names_what_is_wrong(
    tmp_path: Path, content: str, complaint: str
) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(content)
    with pytest.raises(SettingError, match=complaint):
        read_manifest(manifest)


def test_columns_that_nobody_reads_are_named_in_one_line(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("text,mood,label,colour\na,4,happy,red\n")
    with pytest.warns(AffectgraphWarning) as told:
        (row,) = read_manifest(manifest)
    (line,) = [str(one.message) for one in told]
    assert str(manifest) in line and line.endswith("'colour', 'mood'")
    assert (row.text, row.label) == ("a", "happy")


@pytest.mark.parametrize(
    ("labels", "groups", "complaints"),
    [
        ([0] * 5, None, ["accuracy may as well be 0.57 as 1.00", "neutral 5"]),
        ([0] * 50 + [1] * 9, None, ["happy 9"]),
        ([0] * 50 + [1] * 50, None, []),
        ([0] * 50 + [1] * 50, ["ann", "bob"] * 50, ["with 100 of 2 speakers"]),
        ([0] * 50 + [1] * 50, ["ann"] * 100, []),
    ],
)
def test_too_few_clips_are_told(
    labels: list[int], groups: list[str] | None, complaints: list[str]
) -> None:
    """Though all are right, and the bootstrap's interval has no width."""
    answers = answers_of(labels, labels)
    answers = replace(answers, groups=groups or answers.groups)
    lines = sample_size_warnings(answers)
    assert len(lines) == len(complaints)
    assert all(want in line for want, line in zip(complaints, lines, strict=True))


@pytest.mark.slow
def test_the_command_prints_one_object_and_writes_pictures(
    tmp_path: Path, program: Any
) -> None:
    manifest, out = tmp_path / "m.csv", tmp_path / "figures"
    manifest.write_text(TEXTS + "\n".join(["missing line,happy,,,"]) + "\n")
    how = ("--tools", "transcript", "--no-llm", "--json", "--out", out)
    done = program("evaluate", manifest, *how)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["n"] == 5 and report["failures"] == []
    assert report["warnings"][0].startswith("too few clips to go by: with 5 ")
    assert done.stderr.splitlines()[-1] == f"affectgraph: {report['warnings'][-1]}"
    assert report["accuracy"]["value"] >= 0.8
    assert set(report["uar"]) == {"value", "low", "high"}
    pictures = {"confusion.png", "quality.png", "reliability.png", "risk-coverage.png"}
    assert {path.name for path in out.iterdir()} == pictures
    # One sense is compared with what is made of it, too, and its quality is drawn.
    beside = {"transcript", "equal pool", "fusion", "fusion with memory", "full graph"}
    assert set(report["configurations"]) == {"chance", "majority", *beside}
    assert (cv2.imread(str(out / "quality.png")) == _FIRST_COLOUR).all(axis=2).any()


def test_rows_that_fail_are_counted_and_listed(tmp_path: Path, program: Any) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,text,label\nnone.mp4,,happy\n,I am so happy!,happy\n")
    done = program("evaluate", manifest, "--no-llm", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["n"] == 1
    assert [failure["row"] for failure in report["failures"]] == [2]
    assert set(report["configurations"]) >= {"transcript", "fusion", "full graph"}


def test_clips_of_one_speaker_are_read_again_with_a_baseline(
    tmp_path: Path, program: Any, demo: Path
) -> None:
    manifest = tmp_path / "m.csv"
    lines = [f"{demo / 'speech.ogg'},sad,{who}" for who in ("ann", "ann", "bob")]
    manifest.write_text("path,label,speaker\n" + "\n".join(lines) + "\n")
    how = ("--tools", "face,prosody", "--no-llm", "--json")
    done = program("evaluate", manifest, *how)
    compared = json.loads(done.stdout)["configurations"]
    assert compared["prosody"]["n"] == 3
    assert compared["prosody, speaker known"]["n"] == 2
    assert "face, speaker known" not in compared


def test_a_speaker_is_known_by_clips_from_all_of_the_manifest(
    tmp_path: Path, demo: Path
) -> None:
    clip = Clip.open(demo / "speech.ogg")
    evidence = prosody.perceive(clip, clip.span)
    own = clip.kept(FEATURES_KEY)
    manifest = tmp_path / "m.csv"
    manifest.write_text("text,label,speaker\n" + "a,sad,ann\n" * 60)

    def first_shares(later: np.ndarray) -> dict[str, float]:
        speakers = SpeakerBaselines()
        for number, row in enumerate(read_manifest(manifest)):
            clip.keep(FEATURES_KEY, own if number < 30 else later)
            speakers.add(row, clip, evidence)
        return next(shares for _, _, shares in speakers.predict_again())

    assert first_shares(own) != first_shares(own * np.float32(1.1))
