"""Tables of features: what is in them, in which unit, and in every format."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from PIL import Image

from affectgraph import Clip, EmotionAgent
from affectgraph.agents.features.table import choose_table
from affectgraph.tools.emotions import BASIC_EMOTIONS, valence_arousal
from affectgraph.tools.errors import (
    ClipNotFoundError,
    NotMediaError,
    SenseError,
    SettingError,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EMOTIONS = list(BASIC_EMOTIONS)
RATE = 16_000


@pytest.fixture(scope="module")
def face(demo: Path) -> np.ndarray:
    """A picture of one person, uint8 [240, 240, 3]."""
    return np.asarray(Image.open(demo / "astronaut.jpg"))[:240, 60:300]


@pytest.fixture(scope="module")
def film(face: np.ndarray) -> Clip:
    """Five frames a second: a face for 2 s, nobody for 1 s, the face for 9 s."""
    nobody = np.full_like(face, 90)
    frames = [face] * 10 + [nobody] * 5 + [face] * 45
    return Clip.open(np.stack(frames), frame_rate=5.0)


@pytest.fixture(scope="module")
def faces(agent: EmotionAgent, film: Clip) -> pandas.DataFrame:
    return agent.features(film, sense="face")


@pytest.fixture(scope="module")
def voice(demo: Path) -> Clip:
    """Someone speaks, after a second of silence."""
    spoken = Clip.open(demo / "speech.ogg").audio()
    return Clip.open(np.concatenate([np.zeros(RATE, np.float32), spoken]))


@pytest.fixture
def folder(tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound, a picture, and a file that is neither; it is the current folder."""
    (tmp_path / "clips").mkdir()
    for name, source in (("voice.ogg", "speech.ogg"), ("smile.jpg", "astronaut.jpg")):
        (tmp_path / "clips" / name).write_bytes((demo / source).read_bytes())
    (tmp_path / "clips" / "notes.mp4").write_text("Not a film.")
    monkeypatch.chdir(tmp_path)
    return Path("clips")


def test_a_table_of_faces_has_a_row_for_every_frame(faces: pandas.DataFrame) -> None:
    assert (
        faces.index.name == "timestamp" and faces.index.inferred_type == "timedelta64"
    )
    assert faces.frame.tolist() == list(range(1, 61))
    assert np.allclose(faces.index.total_seconds(), np.arange(60) / 5)
    assert faces.success.tolist() == [1] * 10 + [0] * 5 + [1] * 45
    assert set(faces.face_id.dropna()) == {0} and faces.reason.isna().all()
    nobody = faces[faces.success == 0].drop(columns="file")
    assert set(nobody.columns[nobody.notna().any()]) == {
        *("frame", "success", "frame_width", "frame_height")
    }


def test_a_face_is_measured_in_known_units(
    faces: pandas.DataFrame, face: np.ndarray
) -> None:
    row = faces.iloc[0]
    assert (row.frame_height, row.frame_width) == face.shape[:2]
    assert 40 < row.box_left < row.box_right < 190 and 40 < row.box_top < row.box_bottom
    assert 0.5 < row.confidence <= 1 and 0.4 < row.quality <= 1
    # She smiles, and looks into the camera.
    assert row.AU12_r == pytest.approx(
        2.5 * (row.mouthSmileLeft + row.mouthSmileRight), abs=1e-3
    )
    assert row.AU12_r > 3 and row.AU04_r < 1 and row.happy > 0.9
    assert abs(row[["pose_Rx", "pose_Ry", "pose_Rz"]]).max() < 0.3
    assert row[EMOTIONS].sum() == pytest.approx(1.0, abs=1e-3)
    assert (row.valence, row.arousal) == pytest.approx(
        valence_arousal(row[EMOTIONS]), abs=1e-3
    )


def test_the_emotion_of_a_frame_is_that_of_the_second_around_it(
    agent: EmotionAgent, face: np.ndarray
) -> None:
    still = agent.features([face], sense="face").iloc[0]
    dark = agent.features([face // 8], sense="face").iloc[0]
    assert dark.quality < still.quality
    frames = np.stack([face] * 10 + [face // 8] * 10)
    rows = agent.features(Clip.open(frames, frame_rate=10.0), sense="face")
    assert rows.quality.iloc[0] > rows.quality.iloc[9] > rows.quality.iloc[19]
    assert rows.sharpness.iloc[9] == rows.sharpness.iloc[0]


def test_persons_are_told_apart(agent: EmotionAgent, face: np.ndarray) -> None:
    both = np.concatenate([face, face[:, ::-1]], axis=1)
    rows = agent.features(Clip.open(np.stack([both] * 4), frame_rate=5.0), sense="face")
    assert rows.frame.tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(set(rows.face_id)) == [0, 1]
    assert rows.groupby("face_id").box_left.std().max() < 1


def test_angles_of_the_head_have_the_signs_of_openface(
    agent: EmotionAgent, face: np.ndarray
) -> None:
    def pose(picture: np.ndarray) -> Any:
        row = agent.features([picture], sense="face").iloc[0]
        return row[["pose_Rx", "pose_Ry", "pose_Rz"]].to_numpy(float)

    straight, mirrored = pose(face), pose(np.ascontiguousarray(face[:, ::-1]))
    tilted = Image.fromarray(face).rotate(-20, resample=Image.Resampling.BILINEAR)
    assert pose(np.asarray(tilted)) - straight == pytest.approx(
        [0.0, 0.0, np.radians(20)], abs=0.1
    )
    assert mirrored == pytest.approx(straight * (1, -1, -1), abs=0.1)


def test_landmarks_lie_on_the_face(agent: EmotionAgent, face: np.ndarray) -> None:
    row = agent.features([face], sense="face", landmarks=True).iloc[0]
    left_eye, right_eye = row.x_36, row.x_45
    assert row.box_left < left_eye < row.x_30 < right_eye < row.box_right
    assert row.y_36 < row.y_30 < row.y_57 < row.y_8 < row.box_bottom + 20
    assert "x_0" not in agent.features([face], sense="face").columns


def test_faces_are_looked_for_at_the_rate_asked_for(
    agent: EmotionAgent, film: Clip
) -> None:
    rows = agent.features(film, sense="face", rate=1)
    assert rows.index.total_seconds().tolist() == list(range(12))
    assert rows.success.tolist() == [1, 1, 0] + [1] * 9


def test_a_voice_is_measured_every_ten_milliseconds(agent: EmotionAgent) -> None:
    seconds = np.arange(RATE) / RATE
    sine = np.sin(2 * np.pi * 220 * seconds)
    sound = np.concatenate([sine, np.zeros(RATE)]).astype(np.float32)
    rows = agent.features(Clip.open(sound), sense="prosody")
    assert np.allclose(rows.index.total_seconds(), np.arange(200) / 100)
    tone, silence = rows.iloc[10:90], rows.iloc[110:]
    assert tone.F0_Hz.median() == pytest.approx(220, rel=0.01)
    assert tone.F0_semitones.median() == pytest.approx(36, abs=0.1)  # A3 above A0
    assert tone.level_dBFS.median() == pytest.approx(-3.01, abs=0.02)
    assert tone.voiced.all() and tone.voicing.min() > 0.95
    assert tone.centroid_Hz.median() == pytest.approx(220, abs=40)
    assert not silence.voiced.any() and silence.F0_Hz.isna().all()
    assert silence.level_dBFS.max() <= -120


def test_valence_and_arousal_of_a_voice_change_by_the_second(
    agent: EmotionAgent, voice: Clip
) -> None:
    rows = agent.features(voice, sense="prosody")
    spoken = rows[rows.speech == 1]
    assert rows[:"0.5s"].valence.isna().all() and spoken.valence.notna().mean() > 0.95
    assert np.allclose(spoken[EMOTIONS].dropna().sum(axis=1), 1, atol=1e-3)
    changes = spoken.valence.dropna().diff().abs() > 0
    assert 3 <= changes.sum() <= 8
    evidence = agent.analyze(voice).timeline
    at = next(row for row in evidence if row.modality == "prosody")
    middle = pandas.Timedelta((at.span.start + at.span.end) / 2, unit="s")
    nearest = rows.iloc[rows.index.get_indexer([middle], method="nearest")[0]]
    assert nearest.valence == pytest.approx(
        valence_arousal(at.distribution)[0], abs=1e-3
    )


def test_functionals_summarise_the_frames_with_speech(
    agent: EmotionAgent, voice: Clip
) -> None:
    frames = agent.features(voice, sense="prosody")
    (whole,) = agent.features(voice, sense="prosody", functionals=True).iloc
    spoken = frames[frames.speech == 1]
    assert whole.F0_Hz_mean == pytest.approx(spoken.F0_Hz.mean(), abs=0.01)
    assert whole.level_dBFS_p50 == pytest.approx(spoken.level_dBFS.median(), abs=0.01)
    assert whole.voiced_share == pytest.approx(spoken.voiced.mean(), abs=0.01)
    assert 4 < whole.speech_seconds < 7 and 1 < whole.syllables_per_second < 6
    windows = agent.features(voice, sense="prosody", functionals=True, window=3)
    starts = windows.index.total_seconds().tolist()
    assert starts == [0, 3, 6] and windows.end.iloc[0] == pandas.Timedelta("3s")
    assert windows.end.iloc[-1].total_seconds() == pytest.approx(voice.span.end)


def test_silence_has_no_functionals(agent: EmotionAgent) -> None:
    silence = Clip.open(np.zeros(RATE, np.float32))
    (row,) = agent.features(silence, sense="prosody", functionals=True).iloc
    assert row.speech_seconds == 0 and np.isnan(row.F0_Hz_mean)
    assert np.isnan(row.level_dBFS_mean) and np.isnan(row.valence)


def test_words_have_times_and_probabilities(agent: EmotionAgent, demo: Path) -> None:
    sound = Clip.open(demo / "speech.ogg").audio()
    clip = Clip.open(audio=sound, text="I miss her.")
    rows = agent.features(clip, sense="transcript")
    assert rows.word.tolist() == ["I", "miss", "her."]
    assert rows.index.name == "start" and (rows.end > rows.index).all()
    assert rows.probability.tolist() == [1, 1, 1]


def test_every_column_is_explained() -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    tables = [
        choose_table("face", landmarks=True),
        choose_table("prosody"),
        choose_table("prosody", functionals=True),
        choose_table("transcript"),
    ]
    for column in {column for table in tables for column in table.columns}:
        measure = re.sub(r"_(mean|std|p20|p50|p80)$", "", column)
        name = re.sub(r"^(x|y|mfcc)_\d+$", r"\1_", measure)
        assert f"`{name}" in page, column


def test_a_clip_that_cannot_be_used_is_a_row_with_the_reason(
    agent: EmotionAgent, folder: Path
) -> None:
    rows = agent.features(folder, sense="face").set_index("file")
    assert rows.success["clips/smile.jpg"] == 1
    assert pandas.isna(rows.reason["clips/smile.jpg"])
    assert "not a media file" in rows.reason["clips/notes.mp4"]
    assert "no picture" in rows.reason["clips/voice.ogg"]
    assert rows.drop(columns="reason").loc["clips/notes.mp4"].isna().all()


def test_without_any_clip_that_can_be_used_there_is_an_error(
    agent: EmotionAgent, folder: Path
) -> None:
    with pytest.raises(NotMediaError):
        agent.features(folder / "notes.mp4", sense="face")
    with pytest.raises(ClipNotFoundError):
        agent.features("missing.mp4", sense="face")
    with pytest.raises(SenseError):
        agent.features(folder / "voice.ogg", sense="face")


def test_options_that_do_not_fit_are_refused(agent: EmotionAgent, film: Clip) -> None:
    wrong: list[dict[str, Any]] = [
        {"sense": "smell"},
        {"sense": "prosody", "landmarks": True},
        {"sense": "prosody", "rate": 5},
        {"sense": "face", "functionals": True},
        {"sense": "prosody", "window": 3},
        {"sense": "face", "rate": 0},
        {"sense": "prosody", "functionals": True, "window": -1},
    ]
    for arguments in wrong:
        with pytest.raises(SettingError):
            agent.features(film, **arguments)


def test_a_csv_opens_in_one_line(
    program: Callable[..., Any], agent: EmotionAgent, folder: Path
) -> None:
    done = program("features", folder, "--sense", "face", "--out", "out/faces.csv")
    assert done.returncode == 1 and "notes.mp4: not a media file" in done.stderr
    assert done.stdout == "" and "3 rows" in done.stderr
    rows = pandas.read_csv("out/faces.csv", index_col="timestamp")
    table = agent.features(folder, sense="face")
    assert rows.columns.tolist() == table.columns.tolist()
    number = table.reset_index().AU12_r.dropna().iloc[0]
    assert rows.AU12_r.dropna().tolist() == pytest.approx([number])
    assert not list(Path("out").glob("*.partial"))


def test_parquet_keeps_the_types(
    program: Callable[..., Any], agent: EmotionAgent, folder: Path
) -> None:
    pytest.importorskip("pyarrow")
    voice = folder / "voice.ogg"
    done = program("features", voice, "--sense", "prosody", "--out", "voice.parquet")
    assert done.returncode == 0
    stored = pandas.read_parquet("voice.parquet")
    pandas.testing.assert_frame_equal(
        stored, agent.features(voice, sense="prosody"), check_freq=False
    )


def test_rows_are_printed_as_json_lines_or_csv(
    program: Callable[..., Any], folder: Path
) -> None:
    command = ("features", folder / "smile.jpg", "--sense", "face")
    (line,) = program(*command, "--json").stdout.splitlines()
    row = json.loads(line)
    assert row["file"] == "clips/smile.jpg" and row["happy"] > 0.9
    assert row["reason"] is None and row["timestamp"] == 0
    header, cells = program(*command).stdout.splitlines()
    assert header.startswith("file,frame,face_id,timestamp,confidence,success,")
    assert len(header.split(",")) == len(cells.split(",")) == len(row)


def test_text_in_a_csv_is_no_formula(
    program: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=cmd.txt").write_text("=SUM(A1) @home -1 fine", encoding="utf-8")
    command = ("features", "=cmd.txt", "--sense", "transcript", "--out")
    assert program(*command, "words.csv").returncode == 0
    rows = pandas.read_csv("words.csv")
    assert rows.word.tolist() == ["'=SUM(A1)", "'@home", "'-1", "fine"]
    assert set(rows.file) == {"'=cmd.txt"}


def test_a_file_is_refused_before_any_work(
    program: Callable[..., Any], folder: Path
) -> None:
    for out in ("faces.xlsx", "faces"):
        done = program("features", folder, "--sense", "face", "--out", out)
        assert done.returncode == 2 and ".csv or .parquet" in done.stderr
    both = program("features", folder, "--sense", "face", "--json", "--out", "a.csv")
    assert both.returncode == 2 and not Path("a.csv").exists()


def test_emotions_are_not_measured_for_a_forbidden_purpose(
    program: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFECTGRAPH_PURPOSE", "workplace")
    done = program("features", folder, "--sense", "face")
    assert done.returncode == 2 and done.stdout == "" and "Art. 5(1)(f)" in done.stderr
