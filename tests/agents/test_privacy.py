"""What is kept of a clip, and where: never its media, its words only as evidence."""

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from affectgraph.agents import EmotionAgent, Memory
from affectgraph.tools.clip import Clip

pytestmark = pytest.mark.slow

SECRET = "wretched marmalade on Tuesdays"
WORDS = f"I am so sad about the {SECRET}!"
PIECE = 48


def written(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def pieces(clip: Path) -> list[bytes]:
    """Bytes by which a clip would be known: of its file, its sound, its picture."""
    opened = Clip.open(clip)
    sound = opened.audio()
    picture = next(iter(opened.frames())).image
    return [
        whole[place : place + PIECE]
        for whole in (
            clip.read_bytes(),
            sound.astype(np.float32).tobytes(),
            (sound * 32767).astype(np.int16).tobytes(),
            picture.tobytes(),
            picture[..., ::-1].tobytes(),
        )
        for place in range(len(whole) // 4, len(whole) - PIECE, len(whole) // 8)
        if len(set(whole[place : place + PIECE])) > PIECE // 3
    ]


def test_neither_picture_nor_sound_is_kept_and_no_word_but_as_evidence(
    tmp_path: Path,
    face_video: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, kept = face_video(seconds=2), tmp_path / "kept"
    for name in ("spare", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spare"))
    monkeypatch.chdir(tmp_path / "here")
    agent = EmotionAgent(
        llm=None,
        memory=Memory(kept / "memory"),
        runs=kept / "runs",
        audit=kept / "audit" / "verdicts.jsonl",
    )
    clip = Clip.open(source, text=WORDS)
    agent.analyze(clip, thread="a", record=kept / "recorded")
    agent.remember(clip, "sad")
    agent.analyze(text=WORDS)
    del clip
    gc.collect()

    files = written(kept)
    marks = pieces(source)
    assert len(marks) > 10
    assert not [name for name, held in files.items() for m in marks if m in held]
    holding = {Path(name).parts[0] for name in files if SECRET.encode() in files[name]}
    assert holding == {"runs", "recorded"}
    assert {Path(name).parts[0] for name in files} == holding | {"memory", "audit"}
    assert not written(tmp_path / "spare") and not written(tmp_path / "here")
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err


def test_without_a_folder_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    EmotionAgent(llm=None).analyze(demo / "astronaut.jpg", thread="a")
    assert not written(tmp_path)


def test_what_is_forgotten_is_erased(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    agent = EmotionAgent(llm=None, memory=memory)
    clip = Clip.open(text=WORDS)
    verdict = agent.analyze(clip)
    case, _ = agent.remember(clip, "sad")
    agent.correct(verdict, "angry", note="heard in person", annotator="ann")
    traces = [case.sha256.encode(), b"heard in person"]
    held = b"".join(written(tmp_path).values())
    assert all(trace in held for trace in traces)
    memory.forget(clip=case.sha256)
    held = b"".join(written(tmp_path).values())
    assert not any(trace in held for trace in traces)
