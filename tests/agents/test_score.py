"""Scoring: the official figures to the last digit, and what they leave out."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.agents.evaluation.scoring import (
    LabelRow,
    Report,
    Wheels,
    parse_labels,
    read_label_rows,
    read_wheels,
    score,
    shipped_wheels,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.language.vocabulary import words_of

# "glad" is on the wheel, and yet the alphabet sends it to "blue".
FORMS = {
    "glad": ["glad"],
    "gladly": ["glad"],
    "cross": ["cross", "crossed"],
    "blue": ["blue"],
    "odd": ["odd"],
}
SYNONYMS = {
    "glad": ["glad", "blue"],
    "cross": ["mad"],
    "crossed": ["irked"],
    "blue": ["blue"],
    "odd": ["nowhere"],
}
RINGS = {
    "one": {
        "level1": {"glad": "up", "blue": "down", "mad": "hot", "irked": "cold"},
        "level2": {"glad": "glad", "blue": "blue", "mad": "mad", "irked": "irked"},
    },
    "two": {
        "level1": {"glad": "up", "mad": "down"},
        "level2": {"glad": "up", "mad": "down"},
    },
}
WHEELS = Wheels(forms=FORMS, synonyms=SYNONYMS, rings=RINGS)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    newer = {**FORMS, "sunny": ["glad"]}
    files = {"format": newer, "format_2025": FORMS, "synonyms": SYNONYMS}
    for name, content in {**files, "wheels": RINGS}.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., Path]:
    """Write rows: `rows("gold", a=["glad"])`."""

    def write(name: str, **labels: Any) -> Path:
        file = tmp_path / f"{name}.jsonl"
        lines = [json.dumps({"name": n, "labels": told}) for n, told in labels.items()]
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


def rows_of_labels(**labels: list[str]) -> dict[str, LabelRow]:
    return {
        name: LabelRow(number=number, name=name, labels=parse_labels(each))
        for number, (name, each) in enumerate(labels.items(), 1)
    }


def sentiments(**numbers: float) -> dict[str, LabelRow]:
    return {
        name: LabelRow(number=number, name=name, sentiment=value)
        for number, (name, value) in enumerate(numbers.items(), 1)
    }


def value(report: Report, name: str) -> float:
    return report.figures[name].value


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("['Happy', 'looking forward to']", ("happy", "looking forward to")),
        ('["sad","angry"]', ("sad", "angry")),
        ("happy, sad", ("happy", "sad")),
        ("[[sad]]", ("[sad]",)),
        ("['don't care']", ("don", "t care")),
        ("[]", ()),
        ("", ()),
        ("[", ()),
        (["don't care ", "Happy, Sad"], ("don't care", "happy, sad")),
    ],
)
def test_labels_in_writing_are_cut_as_the_official_scripts_cut_them(
    written: Any, labels: tuple[str, ...]
) -> None:
    assert parse_labels(written) == labels


@pytest.mark.parametrize(
    ("label", "one", "two"),
    [
        ("glad", "down", "up"),
        ("gladly", "down", "up"),
        ("cross", "cold", "down"),
        ("odd", None, None),
        ("unheard-of", None, None),
    ],
)
def test_the_first_word_of_the_alphabet_that_is_on_the_wheel_decides(
    label: str, one: str | None, two: str | None
) -> None:
    assert (WHEELS.group(label, "one"), WHEELS.group(label, "two")) == (one, two)


def test_a_case_worked_by_hand() -> None:
    gold = rows_of_labels(a=["glad", "cross"], b=["blue"], c=["odd"], d=["cross"])
    predicted = rows_of_labels(a=["gladly"], b=["glad", "cross"], c=["glad"], d=["odd"])
    report = score(gold, predicted, "ov", WHEELS)
    one, two = report.per_wheel
    # On wheel one: a 1/1 and 1/2, b 1/2 and 1/1, c left out, d nothing predicted.
    assert one.n_scored == 3
    assert one.figures["precision"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert one.figures["recall"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    # On wheel two: b has no gold.
    assert two.n_scored == 2
    assert two.figures["f"] == pytest.approx(2 * (1 / 2) * (1 / 4) / (3 / 4))
    mean = (one.figures["f"] + two.figures["f"]) / 2
    assert value(report, "f") == pytest.approx(mean)
    assert report.dropped.gold == {"blue": ["two"], "odd": ["one", "two"]}
    assert report.dropped.predicted == {"odd": ["one", "two"]}
    assert report.dropped.names == {"b": ["two"], "c": ["one", "two"]}
    assert (report.dropped.labels, report.dropped.samples) == (5, 2)
    assert report.n == 4 and report.n_scored == 3


def test_f_is_of_the_means_and_not_the_mean_of_f() -> None:
    gold = rows_of_labels(a=["glad"], b=["glad", "cross"])
    predicted = rows_of_labels(a=["glad", "cross"], b=["glad"])
    report = score(gold, predicted, "ov", WHEELS)
    assert value(report, "f") == pytest.approx(3 / 4)


def test_hits_of_basic_emotions_and_neutral_among_them() -> None:
    gold = rows_of_labels(a=["glad"], b=["cross"], c=["neutral"])
    predicted = rows_of_labels(a=["cross", "glad"], b=["glad"], c=["neutral"])
    report = score(gold, predicted, "basic", WHEELS)
    assert value(report, "hit_rate") == pytest.approx(1 / 2)
    assert report.neutral_aware["hit_rate"] == pytest.approx(2 / 3)
    assert report.dropped.names == {"c": ["one", "two"]}


def test_sentiment_drops_zero_and_calls_all_but_positive_negative() -> None:
    gold = sentiments(a=0.4, b=2, c=-1, d=-0.2, e=0)
    predicted = rows_of_labels(
        a=["positive"], b=["neutral"], c=["Negative"], d=["mixed"], e=["positive"]
    )
    report = score(gold, predicted, "sentiment", WHEELS)
    assert value(report, "acc") == pytest.approx(3 / 4)
    # F1 of positive 2/3 on two clips, of negative 4/5 on two.
    assert value(report, "waf") == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert report.neutral_aware["acc"] == pytest.approx(2 / 5)
    assert report.dropped.names == {"e": []}
    assert set(report.dropped.predicted) == {"neutral", "mixed"}


def test_sentiment_without_a_sign_is_no_score() -> None:
    with pytest.raises(SettingError, match="every gold is 0"):
        score(sentiments(a=0), rows_of_labels(a=["positive"]), "sentiment", WHEELS)


Label = st.sampled_from([*FORMS, "neutral", "unheard-of"])
Pairs = st.lists(
    st.tuples(st.lists(Label, max_size=4), st.lists(Label, max_size=4)),
    min_size=1, max_size=8,
)  # fmt: skip


def score_pairs(pairs: list[tuple[list[str], list[str]]]) -> Report:
    gold = rows_of_labels(**{f"n{i}": g for i, (g, _) in enumerate(pairs)})
    predicted = rows_of_labels(**{f"n{i}": p for i, (_, p) in enumerate(pairs)})
    return score(gold, predicted, "ov", WHEELS)


@given(Pairs)
def test_every_figure_lies_between_zero_and_one_inside_its_interval(pairs: Any) -> None:
    report = score_pairs(pairs)
    for figure in report.figures.values():
        assert 0 <= figure.low <= figure.high <= 1 and 0 <= figure.value <= 1
    assert all(0 <= v <= 1 for v in [*report.level2.values()])


@given(Pairs)
def test_order_and_repetition_change_nothing(pairs: Any) -> None:
    shuffled = [(g[::-1] + g, p + p[::-1]) for g, p in pairs[::-1]]
    for name, figure in score_pairs(pairs).figures.items():
        assert value(score_pairs(shuffled), name) == pytest.approx(figure.value)


@given(Pairs)
def test_to_predict_the_gold_is_perfect_wherever_there_is_gold(pairs: Any) -> None:
    for wheel in score_pairs([(g, g) for g, _ in pairs]).per_wheel:
        assert wheel.figures["f"] == (1 if wheel.n_scored else 0)


@given(Pairs)
def test_a_prediction_that_leads_nowhere_scores_nothing(pairs: Any) -> None:
    report = score_pairs([(g, ["unheard-of"]) for g, _ in pairs])
    assert value(report, "f") == 0


def test_our_own_wheels_know_every_word_of_the_vocabulary() -> None:
    wheels = shipped_wheels()
    assert wheels.names == ("basic", "plutchik", "geneva")
    for emotion in BASIC_EMOTIONS:
        for word in words_of(emotion):
            expected = None if emotion == "neutral" else emotion
            assert wheels.group(word, "basic") == expected
            assert (wheels.group(word, "plutchik") is None) == (expected is None)


def test_forms_come_in_two_versions(wheels: Path) -> None:
    assert read_wheels(wheels).group("sunny", "two") == "up"
    assert read_wheels(wheels, "2025").group("sunny", "two") is None


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("synonyms.json", None, "synonyms.json: cannot be read"),
        ("format.json", "{", "format.json: is not JSON"),
        ("format.json", '{"a": "b"}', "format.json: is no mapping of words"),
        ("wheels.json", '{"one": {"level2": {}}}', "a wheel has no level1"),
    ],
)
def test_a_wrong_folder_of_wheels_names_the_file(
    wheels: Path, name: str, content: str | None, complaint: str
) -> None:
    (wheels / name).unlink()
    if content is not None:
        (wheels / name).write_text(content)
    with pytest.raises(SettingError, match=complaint):
        read_wheels(wheels)


@pytest.mark.parametrize(
    ("content", "numbers", "complaint"),
    [
        ("", False, "has no rows"),
        ('{"name": "a", "labels": []}\n{"name": "a", "labels": []}', False,
         "row 2: name 'a' is that of row 1 too"),
        ('{"name": "a", "labels": []}\n\nx', False, "row 3: is not a JSON object"),
        ('{"labels": []}', False, "row 1: has no name"),
        ('{"name": 3, "labels": []}', False, "row 1: has no name"),
        ('{"name": "a"}', False, "row 1: has no labels"),
        ('{"name": "a", "labels": 3}', False, "row 1: labels must be a list"),
        ('{"name": "a", "labels": ["x", null]}', False, "labels must be a list"),
        ('{"name": "a", "labels": ["x"]}', True, "must be a number"),
        ('{"name": "a", "labels": NaN}', True, "must be a number"),
        ('{"name": "a", "labels": true}', True, "must be a number"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(
    tmp_path: Path, content: str, numbers: bool, complaint: str
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(content)
    with pytest.raises(SettingError, match=complaint) as caught:
        read_label_rows(file, numbers=numbers)
    assert str(file) in str(caught.value)


@pytest.fixture
def run(program: Any) -> Any:
    return partial(program, "score")


def test_the_command_prints_one_object(
    rows: Callable[..., Path], wheels: Path, run: Any
) -> None:
    gold = rows("gold", a="['glad', 'Cross']", b=["blue"])
    predicted = rows("predicted", b=["blue"], a=["glad"], z=["odd"])
    done = run(gold, predicted, "--task", "ov", "--wheels", wheels, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    low, high = report["intervals"]["f"]
    assert low <= report["f"] <= high and report["precision"] == 1
    assert [row["wheel"] for row in report["per_wheel"]] == ["one", "two"]
    assert report["per_wheel"][0]["recall"] == pytest.approx(3 / 4)
    assert report["dropped"]["unmatched"] == ["z"]
    assert report["sizes"]["gold_labels"] == pytest.approx(3 / 2)


def test_the_command_shows_a_table_on_our_own_wheels(
    rows: Callable[..., Path], run: Any
) -> None:
    gold = rows("gold", a=["joyful"], b=["[thinking]"])
    done = run(gold, rows("predicted", a=["happy"], b=["worry"]), "--task", "basic")
    assert done.returncode == 0, done.stderr
    assert "plutchik" in done.stdout and "hit_rate" in done.stdout
    assert "'[thinking]'" in done.stdout


def test_the_command_scores_sentiment(rows: Callable[..., Path], run: Any) -> None:
    gold = rows("gold", a=1, b=-0.5, c=0)
    predicted = rows("predicted", a="positive", b="[negative]", c=["neutral"])
    done = run(gold, predicted, "--task", "sentiment", "--json")
    report = json.loads(done.stdout)
    assert report["waf"] == report["acc"] == 1 and report["per_wheel"] == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--wheels", "nowhere"], "nowhere: no folder"),
        (["--forms", "2025"], "needs --wheels"),
        ([], "gold.jsonl: row 2: 'b' has no prediction"),
    ],
)
def test_wrong_usage_is_one_line(
    rows: Callable[..., Path], run: Any, arguments: list[str], complaint: str
) -> None:
    gold = rows("gold", a=["glad"], b=["sad"])
    done = run(gold, rows("predicted", a=["glad"]), *arguments)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and complaint in line and done.stdout == ""
