"""Augmented clips: read strictly, and learned from by the senses."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectgraph.tools.augment.augmented import (
    SELF_WEIGHT,
    read_augmented,
    summarize_clips,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import SettingError

DEMO = resources.files("affectgraph.agents") / "demo"
DOUBT = distribution({"sad": 0.6, "neutral": 0.4})


def row(**cells: Any) -> dict[str, Any]:
    told = {"path": str(DEMO / "speech.ogg"), "label": "sad", "source": "affectgraph"}
    return {**told, "distribution": DOUBT, "kept": True, **cells}


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as `affectgraph augment` does."""

    def write(*rows: Any) -> Path:
        file = tmp_path / "augmented.jsonl"
        told = [one if isinstance(one, str) else json.dumps(one) for one in rows]
        file.write_text("\n".join(told))
        return file

    return write


def test_only_clips_that_were_kept_are_learned_from(lines: Callable[..., Path]) -> None:
    dropped = row(path="gone.wav", kept=False, label=None)
    (clip,) = read_augmented(lines(dropped, row(stage="kept", provenance={})))
    assert clip.target == DOUBT and clip.weight == SELF_WEIGHT < 1
    assert clip.row.endswith("augmented.jsonl: row 2")


def test_what_a_person_labelled_counts_wholly(lines: Callable[..., Path]) -> None:
    (clip,) = read_augmented(lines(row(source="human", label="angry")))
    assert clip.target == distribution({"angry": 1.0}) and clip.weight == 1
    assert "1 labelled by people, 0 by affectgraph" in summarize_clips([clip])


def test_a_table_of_labelled_clips_is_read(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(b"")
    file = tmp_path / "more.csv"
    with file.open("w", newline="") as cells:
        table = csv.writer(cells)
        table.writerow(["path", "text", "label", "distribution", "source", "clip"])
        table.writerow(["clip.wav", "", "happy", "", "", ""])
        table.writerow(["", "No!", "sad", json.dumps(DOUBT), "affectgraph", "ab"])
    one, other = read_augmented(file)
    assert one.path == tmp_path / "clip.wav" and one.source == "human"
    assert other.text == "No!" and other.path is None and other.target == DOUBT


BAD = {
    "not JSON": ["{", "is not a JSON object"],
    "no object": ["[1]", "is not a JSON object"],
    "no media": [row(path=None), "has neither path nor text"],
    "no file": [row(path="gone.wav"), "gone.wav: not found"],
    "no emotion": [row(label="bored"), "label: "],
    "no label": [row(label=None), "label: "],
    "no sum": [row(distribution={"sad": 0.5}), "does not sum to 1"],
    "another": [row(label="angry"), "label angry is not the most probable"],
    "unknown source": [row(source="robot"), "source: "],
    "kept?": [row(kept="yes"), "kept: "],
    "negative": [row(distribution={"sad": 1.5, "fear": -0.5}), "distribution: "],
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_row_is_named(lines: Callable[..., Path], kind: str) -> None:
    bad, reason = BAD[kind]
    file = lines(row(text="before"), bad)
    with pytest.raises(SettingError) as caught:
        read_augmented(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: row 2: ") and reason in message
    assert len(message.splitlines()) == 1


def test_a_clip_comes_once(lines: Callable[..., Path]) -> None:
    with pytest.raises(SettingError, match=r"row 3: .* row 1"):
        read_augmented(lines(row(), row(text="other"), row()))


def test_a_file_in_which_nothing_was_kept_is_said(lines: Callable[..., Path]) -> None:
    with pytest.raises(SettingError, match="holds no clip that was kept"):
        read_augmented(lines(row(kept=False)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "cells", "reason"),
    [
        ("prosody", row(path="gone.wav"), "augmented.jsonl: row 1: "),
        ("decision", row(), "decision does not learn from clips"),
    ],
)
def test_the_command_says_so_in_one_line_before_any_work(
    lines: Callable[..., Path], tmp_path: Path, what: str, cells: Any, reason: str
) -> None:
    command = [sys.executable, "-m", "affectgraph.agents", "train", what, "--data"]
    command += [str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--with", str(lines(cells))], capture_output=True, text=True
    )
    assert done.returncode == 2 and not (tmp_path / "out").exists()
    (said,) = done.stderr.strip().splitlines()
    assert said.startswith("affectgraph: ") and reason in said


def test_media_that_do_not_decode_are_named(
    lines: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "noise.wav").write_bytes(b"no sound at all " * 20)
    (clip,) = read_augmented(lines(row(path="noise.wav")))
    with pytest.raises(SettingError, match=r"row 1: .*noise\.wav"):
        clip.open()


def test_a_text_is_learned_without_words_or_context(
    lines: Callable[..., Path],
) -> None:
    from affectgraph.agents.training.transcript.augmented import (
        extract_texts,
        to_text_example,
    )

    picture = row(path=str(DEMO / "astronaut.jpg"))
    clips = read_augmented(lines(row(path=None, text="Oh no."), picture))
    ((one, text),) = extract_texts(clips)
    told = to_text_example(one, text)
    assert told.text == "Oh no." and not told.context and not told.words.any()
    assert told.basic.tolist() == pytest.approx(list(DOUBT.values()))
    assert told.weight == SELF_WEIGHT


def test_a_voice_is_heard_where_there_is_one(lines: Callable[..., Path]) -> None:
    from affectgraph.agents.training.prosody.augmented import extract_augmented

    picture = row(path=str(DEMO / "astronaut.jpg"))
    clips = read_augmented(lines(picture, row()))
    added = extract_augmented(clips, copies=2, seed=0)
    assert added is not None and added.clips == (clips[1],)
    assert added.features.shape[:2] == (1, 2) and np.isfinite(added.features).all()
    assert added.target.sum() == pytest.approx(1) and added.weight == SELF_WEIGHT
    assert extract_augmented(clips[:1], copies=2, seed=0) is None


def test_a_face_teaches_by_votes_what_the_graph_labelled(
    lines: Callable[..., Path],
) -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    from affectgraph.agents.training.face.augmented import seen_in
    from affectgraph.agents.training.face.data import Faces, fresh

    picture = str(DEMO / "astronaut.jpg")
    rows = row(path=picture), row(), row(path=picture, text="I", source="human")
    shown, faces = seen_in(read_augmented(lines(*rows)))
    assert [one.row[-1] for one in shown] == ["1", "3"]
    assert faces.pixels.shape == (2, 48, 48) and faces.pixels.std() > 10
    assert faces.labels.tolist() == [-1, BASIC_EMOTIONS.index("sad")]
    assert faces.votes.sum(axis=1).tolist() == pytest.approx([SELF_WEIGHT, 1])
    none = Faces(faces.pixels[:0], faces.labels[:0], faces.votes[:0])
    assert fresh(faces, none.beside(faces.take(np.array([0])))).size == 0


def test_a_face_that_is_cropped_is_taken_as_it_is(
    lines: Callable[..., Path], tmp_path: Path
) -> None:
    import cv2

    pytest.importorskip("torch", reason="the extra `train` is not installed")
    from affectgraph.agents.training.face.augmented import seen_in
    from affectgraph.agents.training.face.data import fresh

    crop = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "crop.png"), crop)
    _, faces = seen_in(read_augmented(lines(row(path="crop.png"))))
    assert (faces.pixels[0] == crop).all()
    assert fresh(faces, faces).size == 0
