import json
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest
import webvtt
from praatio import textgrid
from pympi import Eaf

from affectgraph.graphs.utterances import FORMATS, save_utterances
from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Span
from affectgraph.tools.transcript.words import spread_over_speech

Save = Callable[[str], Path]

CLIP = ClipInfo(
    name="two friends.mp4",
    sha256="0" * 64,
    footage="0" * 64,
    seconds=4_000.0,
    coverage=1.0,
    has_video=True,
    has_audio=True,
    has_text=False,
    language="en",
    audio_tracks=1,
)


def utterance(
    start: float, end: float, person: str, text: str, label: str | None
) -> Utterance:
    likely = label or "neutral"
    return Utterance(
        start=start,
        end=end,
        person=person,
        words=spread_over_speech(text, [Span(start=start, end=end)]),
        label=label,
        distribution=distribution(
            {e: 0.7 if e == likely else 0.05 for e in BASIC_EMOTIONS}
        ),
        prediction_set=(likely,),
        confidence=0.7,
        valence=0.25,
        arousal=0.5,
        evidence=("P1", "T2"),
    )


TALK = (
    utterance(0.5, 2.25, "A", "You <b>won</b> --> really & truly?", "surprise"),
    utterance(2.0, 3.5, "Bo Lee", "Ja, schön!", "happy"),
    utterance(3_601.5, 3_602.0, "A", "", None),
)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    return lambda name: save_utterances(TALK, CLIP, tmp_path / name)


def test_webvtt_tells_the_person_the_emotion_and_the_words(save: Save) -> None:
    cues = webvtt.read(str(save("talk.vtt"))).captions
    assert [cue.voice for cue in cues] == ["A", "Bo Lee", "A"]
    assert [cue.text for cue in cues[1:]] == ["[happy 0.70] Ja, schön!", "[no answer]"]
    assert cues[0].text.startswith("[surprise 0.70] You &lt;b&gt;won&lt;/b&gt;")
    assert (cues[0].start, cues[0].end) == ("00:00:00.500", "00:00:02.250")
    assert cues[2].start == "01:00:01.500"


def test_subrip_names_the_person_before_a_colon(save: Save) -> None:
    cues = webvtt.from_srt(str(save("talk.srt"))).captions
    assert cues[1].text == "Bo Lee: [happy 0.70] Ja, schön!"
    assert (cues[1].start, cues[1].end) == ("00:00:02.000", "00:00:03.500")
    assert len(cues) == len(TALK)


def test_rttm_has_a_line_an_utterance(save: Save) -> None:
    rows = [line.split() for line in save("talk.rttm").read_text().splitlines()]
    assert {len(row) for row in rows} == {10}
    assert rows[1][:5] == ["SPEAKER", "two_friends.mp4", "1", "2.000", "1.500"]
    assert [row[7] for row in rows] == ["A", "Bo_Lee", "A"]


def test_praat_reads_two_tiers_a_person(save: Save) -> None:
    grid = textgrid.openTextgrid(
        str(save("talk.TextGrid")), includeEmptyIntervals=False
    )
    assert grid.tierNames == ("A", "A emotion", "Bo Lee", "Bo Lee emotion")
    assert grid.maxTimestamp == CLIP.seconds
    assert [tuple(e) for e in grid.getTier("Bo Lee").entries] == [
        (2.0, 3.5, "Ja, schön!")
    ]
    assert [e.label for e in grid.getTier("A emotion").entries] == [
        "surprise",
        "no answer",
    ]


def test_elan_reads_tiers_with_participants_and_the_clip(save: Save) -> None:
    document = Eaf(str(save("talk.eaf")))
    assert set(document.get_tier_names()) == {
        "A", "A emotion", "Bo Lee", "Bo Lee emotion",
    }  # fmt: skip
    assert document.get_annotation_data_for_tier("Bo Lee") == [
        (2000, 3500, "Ja, schön!")
    ]
    participant = document.get_parameters_for_tier("A emotion")["PARTICIPANT"]
    assert participant == "A"
    assert document.get_linked_files()[0]["MIME_TYPE"] == "video/mp4"


@pytest.mark.parametrize("name", ["talk.csv", "talk.parquet"])
def test_tables_are_indexed_by_file_and_times(save: Save, name: str) -> None:
    path = save(name)
    if path.suffix == ".csv":
        table = pandas.read_csv(path)
        for time in ("start", "end"):
            table[time] = pandas.to_timedelta(table[time])
        table = table.set_index(["file", "start", "end"])
    else:
        table = pandas.read_parquet(path)
    assert list(table.index.names) == ["file", "start", "end"]
    file, start, end = table.index[0]
    assert (file, start, end) == (
        CLIP.name,
        pandas.Timedelta("500ms"),
        pandas.Timedelta("2250ms"),
    )
    assert list(table["label"].fillna("")) == ["surprise", "happy", ""]
    assert table["happy"].iloc[1] == pytest.approx(0.7)
    assert table["evidence"].iloc[0] == "P1,T2"


def test_json_holds_every_field(save: Save) -> None:
    content = json.loads(save("talk.json").read_text())
    assert content["clip"]["name"] == CLIP.name
    read = tuple(Utterance.model_validate(row) for row in content["utterances"])
    assert read == TALK


@pytest.mark.parametrize("ending", FORMATS)
def test_a_clip_without_utterances_is_a_whole_file_too(
    ending: str, tmp_path: Path
) -> None:
    assert save_utterances((), CLIP, tmp_path / f"none{ending}").is_file()


def test_an_unknown_ending_is_refused_with_those_there_are(save: Save) -> None:
    with pytest.raises(SettingError, match=r"talk\.doc.*\.vtt"):
        save("talk.doc")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be written"):
        save_utterances(TALK, CLIP, tmp_path / "nowhere" / "talk.vtt")
