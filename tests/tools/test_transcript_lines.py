"""A table of lines in many languages and manners, with the right behaviour for each."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from affectgraph.tools import weights
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.transcript import transcript
from affectgraph.tools.transcript.multilingual import WEIGHTS

pytestmark = pytest.mark.slow

Row = tuple[str, str, str]
TABLE = Path(__file__).with_name("transcript_lines.tsv")
ROWS: list[Row] = [
    (behaviour, language, text)
    for behaviour, language, text in (
        line.split("\t")
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
]
ENGLISH = [row for row in ROWS if row[1] == "en"]
READ = {"happy", "sad", "angry", "fear", "disgust", "surprise", "neutral"}
reads_all = pytest.mark.skipif(
    bool(weights.missing([WEIGHTS])),
    reason="run 'affectgraph weights fetch use-multilingual'",
)


@cache
def read(text: str) -> tuple[Evidence, ...]:
    """What the sense says of a text; nothing if it is absent."""
    clip = Clip.open(text=text)
    try:
        return tuple(transcript.perceive(clip, clip.span))
    except SenseError as reason:
        assert str(reason)
        return ()


def vote(text: str) -> dict[str, float]:
    distribution = read(text)[0].distribution
    assert distribution is not None
    return dict(distribution)


def share_right(rows: list[Row]) -> float:
    right = [top_emotion(vote(text)) == emotion for emotion, _, text in rows]
    return sum(right) / len(right)


def rows_with(*behaviours: str, among: list[Row] = ROWS) -> list[Row]:
    return [row for row in among if row[0] in behaviours]


def test_the_table_covers_languages_scripts_emoji_noise_and_irony() -> None:
    assert len(ROWS) >= 200
    read_in = Counter(language for b, language, _ in ROWS if b in READ)
    assert sum(count >= 5 for count in read_in.values()) >= 10
    assert len(rows_with("absent")) >= 40 and len(rows_with("ironic")) >= 8


@pytest.mark.parametrize("row", rows_with("absent"), ids=lambda row: row[2])
def test_what_cannot_be_read_is_absent(row: Row) -> None:
    assert read(row[2]) == ()


@pytest.mark.parametrize("row", rows_with("little"), ids=lambda row: row[2])
def test_ordinary_words_carry_little(row: Row) -> None:
    assert max(vote(row[2]).values()) < 0.6


@pytest.mark.parametrize("row", rows_with("ironic"), ids=lambda row: row[2])
def test_irony_is_evidence_and_takes_the_praise_away(row: Row) -> None:
    (irony,) = (
        piece.measurements["probability of irony"].value
        for piece in read(row[2])
        if "probability of irony" in piece.measurements
    )
    assert irony > 0.4
    assert vote(row[2])["happy"] < 0.5


def test_english_and_its_emoji_are_read() -> None:
    assert share_right(rows_with(*READ, among=ENGLISH)) >= 0.95


def test_the_same_words_read_as_their_emoji() -> None:
    """An angry, a crying and a grinning emoji: three answers."""
    faces = "\U0001f621", "\U0001f62d", "\U0001f600"
    read_as = [top_emotion(vote(f"See you tomorrow {face}")) for face in faces]
    assert read_as == ["angry", "sad", "happy"]


@reads_all
def test_other_languages_are_read_and_named() -> None:
    rows = [row for row in rows_with(*READ) if row[1] != "en"]
    for _, language, text in rows:
        assert Clip.open(text=text).info.language == language, text
        assert any(f'"{language}"' in piece.observation for piece in read(text))
    assert share_right(rows) >= 0.75


@reads_all
def test_other_languages_are_rarely_wrong_and_sure() -> None:
    rows = [row for row in rows_with(*READ) if row[1] != "en"]
    sure_and_wrong = [
        text
        for emotion, _, text in rows
        if top_emotion(vote(text)) != emotion and max(vote(text).values()) > 0.8
    ]
    assert len(sure_and_wrong) <= 0.05 * len(rows), sure_and_wrong
