"""What people pass from Python: meant as they mean it, or refused by name."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from affectgraph import Clip, EmotionAgent, Verdict
from affectgraph.agents.augment import augment
from affectgraph.agents.batch.sources import find_clips
from affectgraph.agents.chat import opened
from affectgraph.agents.evaluation import evaluate, read_manifest
from affectgraph.agents.report import write
from affectgraph.memory import Memory, Space
from affectgraph.tools.errors import AffectgraphError, ClipNotFoundError, SettingError

pytestmark = pytest.mark.slow


def test_a_picture_gets_the_same_verdict_in_every_form(
    agent: EmotionAgent, demo: Path
) -> None:
    path = demo / "astronaut.jpg"
    image = Image.open(path)
    forms = [
        path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), image,
        np.asarray(image), np.asarray(image) / 255,
    ]  # fmt: skip
    verdicts = [agent.analyze(form) for form in forms]
    assert {verdict.label for verdict in verdicts} == {"happy"}
    sure = [verdict.confidence for verdict in verdicts]
    # A JPEG is decoded a little differently by PIL.
    assert sure[:4] == [sure[0]] * 4 and sure[4:] == [sure[4]] * 3
    assert max(sure) - min(sure) < 0.02


def test_sound_is_analysed_at_the_rate_that_it_has(
    agent: EmotionAgent, demo: Path
) -> None:
    voice = Clip.open(demo / "speech.ogg").audio()
    stereo = np.repeat(np.stack([voice, voice], axis=1), 3, axis=0)
    plain = agent.analyze(voice, sampling_rate=16_000)
    tripled = agent.analyze(stereo, sampling_rate=48_000)
    assert tripled.clip.seconds == pytest.approx(plain.clip.seconds, abs=0.05)
    (alone,) = agent.batch([stereo], sampling_rate=48_000)
    assert isinstance(alone, Verdict) and alone.label == tripled.label
    pitches = [
        piece.measurements["pitch"].value
        for verdict in (plain, tripled)
        for piece in verdict.evidence
        if "pitch" in piece.measurements
    ]
    assert pitches[0] == pytest.approx(pitches[-1], rel=0.05)
    for rate in (0, -1, float("nan"), 44.1, "16000"):
        with pytest.raises(SettingError, match=r"^sampling_rate "):
            agent.analyze(voice, sampling_rate=rate)


def test_what_goes_with_an_open_clip_is_not_dropped(agent: EmotionAgent) -> None:
    clip = Clip.open(text="I am so happy that you came!")
    others: list[dict[str, Any]] = [{"text": "No."}, {"audio": np.zeros(9)}]
    for other in [*others, {"sampling_rate": 8_000}]:
        with pytest.raises(SettingError, match=r"give it to Clip.open"):
            agent.analyze(clip, **other)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "words.txt"
    file.write_text("I am so happy that you came!")
    return file


@pytest.mark.parametrize("form", [str, Path], ids=["text", "path"])
def test_a_single_place_is_one_place(
    tmp_path: Path, words: Path, form: Callable[[Path], Any]
) -> None:
    names = ("cases", "runs", "evidence", "audit.jsonl", "record")
    cases, runs, evidence, audit, record = (form(tmp_path / name) for name in names)
    agent = EmotionAgent(
        llm=None, tools="transcript", memory=cases, runs=runs, evidence=evidence,
        audit=audit,
    )  # fmt: skip
    verdict = agent.analyze(form(words), thread="a", record=record)
    assert verdict.label == "happy" and [*verdict.modalities] == ["transcript"]
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept >= {"words.txt", *names}
    assert agent.memory_place is not None and "cases" in agent.memory_place
    assert EmotionAgent.replay(record) == verdict
    assert (Path(tmp_path) / "runs" / "checkpoints.sqlite").exists()
    report = write(verdict, form(tmp_path / "reports"))
    assert (report / "report.html").exists()
    with pytest.raises(SettingError, match="no earlier clip"):
        agent.know(form(words))


def test_a_single_text_lists_one_not_its_letters(tmp_path: Path, words: Path) -> None:
    verdict = EmotionAgent(llm=None, tools="face, transcript").analyze(str(words))
    assert set(verdict.modalities) == {"face", "transcript"}
    agent = EmotionAgent(llm=None, memory=Memory(seed=False))
    case, _ = agent.remember(words, "happy", "delighted")
    assert case.labels == ("delighted",)
    memory = Memory(tmp_path / "cases", seed=False)
    memory.add(case, {Space(modality="x", model="0" * 64): np.ones(3)})
    near = {Space(modality="x", model="0" * 64): np.array([1.0, 1.0, 0.9])}
    recalled = memory.recall(near, leading="sad", rivals="happy")
    assert [one.case.id for one in recalled] == [case.id]
    assert not memory.recall(near, leading="happy", exclude=case.sha256)
    assert memory.export(str(tmp_path / "cases.jsonl")) == 1
    assert Memory(seed=False).import_(str(tmp_path / "cases.jsonl")) == 1


@pytest.mark.parametrize("name", ["memory", "runs", "audit", "evidence"])
@pytest.mark.parametrize("odd", [3, b"dir", "", ["dir"], object()], ids=repr)
def test_a_place_that_cannot_be_is_named(name: str, odd: Any) -> None:
    with pytest.raises(SettingError, match=rf"^{name}: "):
        EmotionAgent(llm=None, **{name: odd})


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"llm": 5}, "llm"),
        ({"llm": None, "tools": 3}, "tool"),
        ({"llm": None, "tools": [None]}, "tool"),
        ({"llm": None, "tools": "face,smell"}, "tool"),
        ({"llm": None, "budget": 3}, "budget"),
        ({"llm": None, "coverage": "high"}, "coverage"),
        ({"llm": None, "coverage": float("nan")}, "coverage"),
        ({"llm": None, "limits": 5}, "limits"),
        ({"llm": None, "purpose": 5}, "purpose"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_is_named(settings: dict, name: str) -> None:
    with pytest.raises(SettingError, match=rf"^{name}"):
        EmotionAgent(**settings)


@pytest.mark.parametrize(
    "how",
    [{"record": 3}, {"record": b"dir"}, {"record": ""}, {"thread": 3},
     {"speaker": "ann"}, {"language": 5}, {"explain_in": 5}],
    ids=str,
)  # fmt: skip
def test_an_argument_that_cannot_be_is_named_before_the_run(
    agent: EmotionAgent, how: dict[str, Any]
) -> None:
    with pytest.raises(SettingError, match=r"^(record|thread|speaker|language): "):
        agent.analyze(text="I am so happy that you came!", **how)


def test_other_doors_take_text_for_a_path_or_name_what_they_need(
    agent: EmotionAgent, tmp_path: Path, words: Path
) -> None:
    manifest = tmp_path / "clips.csv"
    manifest.write_text("text,label\nI am so happy!,happy\n")
    rows = read_manifest(str(manifest))
    assert evaluate(agent, rows).failures == []
    assert [source.name for source in find_clips(str(manifest))] == [f"{manifest}:2"]
    assert augment(agent, find_clips(str(words)), str(tmp_path / "augmented")).rows
    refused: list[Callable[[], object]] = [
        lambda: evaluate(agent, str(manifest)),
        lambda: augment(agent, str(words), tmp_path / "other"),
        lambda: opened(agent, str(words)),
        lambda: opened(agent, None, thread="a", runs=3),
        lambda: read_manifest(3),
        lambda: find_clips([3]),
        lambda: agent.know(3),
        lambda: Memory(3),
        lambda: Memory(seed=False).forget(["a"]),
        lambda: Memory(seed=False).as_retriever(senses="face"),
        lambda: EmotionAgent.replay(3),
    ]
    for refuse in refused:
        with pytest.raises(SettingError):
            refuse()


def test_a_batch_goes_on_past_whatever_it_meets(
    agent: EmotionAgent, words: Path, tmp_path: Path
) -> None:
    undecodable = tmp_path / os.fsdecode(b"\xff.mp4")
    undecodable.write_bytes(b"no film")
    odd = [None, 3, object(), {}, [], "gone.mp4", "\udcff", undecodable, b"", "a\0b"]
    *errors, last = agent.batch([*odd, words])
    assert isinstance(last, Verdict) and last.label == "happy"
    assert len(errors) == len(odd)
    assert all(type(error) is not AffectgraphError for error in errors)
    assert all(isinstance(error, AffectgraphError) for error in errors)


def test_a_name_that_is_no_text_fails_alone_in_an_augmentation(
    agent: EmotionAgent, words: Path, tmp_path: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"\xff.txt")
    odd.write_bytes(words.read_bytes())
    rows = augment(agent, find_clips([odd, words]), tmp_path / "augmented").rows
    assert [row.stage == "failed" for row in rows] == [True, False]


def test_a_sense_that_breaks_the_agent_costs_one_clip(words: Path) -> None:
    class Broken(EmotionAgent):
        def analyze(self, source: Any = None, **how: Any) -> Verdict:
            if source == "bad":
                raise AttributeError("'NoneType' object has no attribute 'x'")
            return super().analyze(source, **how)

    error, verdict = Broken(llm=None).batch(["bad", words])
    assert isinstance(error, AffectgraphError) and isinstance(verdict, Verdict)
    assert isinstance(error.__cause__, AttributeError)


def test_one_clip_or_a_folder_is_a_batch(
    agent: EmotionAgent, demo: Path, tmp_path: Path, words: Path
) -> None:
    for one in (str(words), words, Clip.open(words)):
        (verdict,) = agent.batch(one)
        assert isinstance(verdict, Verdict) and verdict.label == "happy"
    data = (demo / "astronaut.jpg").read_bytes()
    (tmp_path / "deep").mkdir()
    for name in ("a.jpg", "deep/b.jpg"):
        (tmp_path / name).write_bytes(data)
    for one in (data, io.BytesIO(data), Image.open(io.BytesIO(data))):
        assert [v.label for v in agent.batch(one)] == ["happy"]
    for folder in (str(tmp_path), tmp_path):
        assert [v.clip.name for v in agent.batch(folder)] == ["a.jpg", "b.jpg"]
    for gone in ("gone.mp4", "a" * 300, "a\0b", tmp_path / "\udcff"):
        (error,) = agent.batch(gone)
        assert isinstance(error, ClipNotFoundError)
    (tmp_path / "empty").mkdir()
    for nothing in (3, None, {"a": 1}, np.zeros((2, 9, 9, 3)), tmp_path / "empty"):
        with pytest.raises(SettingError, match=r"sources|no video"):
            agent.batch(nothing)
    for workers in (0, -1, "2", None):
        with pytest.raises(SettingError, match=r"^workers: "):
            agent.batch([words], workers=workers)


def test_a_film_alone_makes_a_person_known(agent: EmotionAgent, demo: Path) -> None:
    speech = demo / "speech.ogg"
    one, listed = agent.know(str(speech)), agent.know([speech])
    assert one == listed and one.voice is not None
    voice = Clip.open(demo / "speech.ogg").audio()
    assert agent.know([voice], sampling_rate=16_000).voice is not None
