"""What `fuzz.py` damages, and what reads it."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool
from affectgraph.agents.cli.memory.correct import read_verdict
from affectgraph.agents.evaluation import read_manifest
from affectgraph.agents.evaluation.scoring import read_label_rows, score, shipped_wheels
from affectgraph.agents.governance.audit_log import AuditLog
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.schema import Claim
from affectgraph.memory import Case, Memory, Space
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Measurement

DEMO = Path(__file__).parents[2] / "agents" / "demo"
RATE = 48_000
TEXT = "I never wanted any of this. Leave me alone!"
Use = Callable[[Path], object]


@dataclass(frozen=True)
class Target:
    """Writes whole files into a folder, and makes what reads one in that folder."""

    seeds: Callable[[Path], None]
    use: Callable[[Path], Use]


def _films(folder: Path) -> None:
    for name, video, sound in (
        ("a.mp4", "mpeg4", "aac"), ("b.flv", "h264", "aac"),
        ("c.mkv", "libx264", "libopus"), ("d.webm", "libvpx", "libopus"),
        ("e.avi", "mjpeg", "pcm_s16le"), ("f.mpg", "mpeg1video", "mp2"),
        ("g.mov", "png", "alac"),
    ):  # fmt: skip
        _film(folder / name, video, sound)
    _sound(folder / "h.wav", "pcm_s16le")
    _sound(folder / "i.flac", "flac")
    _sound(folder / "j.mp3", "libmp3lame")
    speech = (DEMO / "speech.ogg").read_bytes()
    (folder / "k.ogg").write_bytes(speech)
    import cv2

    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (48, 64, 4), np.uint8)
    for suffix, channels in (("png", 4), ("jpg", 3), ("webp", 3), ("bmp", 3)):
        cv2.imwrite(str(folder / f"l.{suffix}"), picture[..., :channels])
    cv2.imwrite(str(folder / "m.tiff"), picture[..., 0].astype(np.uint16) * 257)
    (folder / "n.txt").write_text(TEXT)


def _film(path: Path, codec: str, sound_codec: str) -> None:
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        picture: Any = container.add_stream(codec, rate=25)
        picture.width, picture.height = 64, 48
        picture.pix_fmt = picture.codec.video_formats[0].name
        sound: Any = container.add_stream(sound_codec, rate=RATE, layout="mono")
        for number in range(12):
            image = rng.integers(0, 255, (48, 64, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = number
            container.mux(picture.encode(frame.reformat(format=picture.pix_fmt)))
        container.mux(picture.encode(None))
        _encode(container, sound)


def _sound(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        _encode(container, container.add_stream(codec, rate=RATE, layout="mono"))


def _encode(container: Any, sound: Any) -> None:
    wave = 0.3 * np.sin(np.arange(22_050) / 30)
    frame = av.AudioFrame.from_ndarray(
        wave[None].astype(np.float32), format="fltp", layout="mono"
    )
    frame.sample_rate = RATE
    resampler = av.AudioResampler(
        sound.format.name, "mono", sound.rate, frame_size=sound.frame_size or 1024
    )
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(sound.encode(part))
    container.mux(sound.encode(None))


def _decode(folder: Path) -> Use:
    def use(file: Path) -> None:
        for source in (file, file.read_bytes()):
            clip = Clip.open(source)
            for _ in islice(clip.frames(), 50):
                pass
            clip.audio()
            clip.info.model_dump_json()

    return use


def _evidence() -> list[Evidence]:
    sad = {e: 0.7 if e == "sad" else 0.05 for e in BASIC_EMOTIONS}
    happy = {e: 0.7 if e == "happy" else 0.05 for e in BASIC_EMOTIONS}
    common: dict[str, Any] = {
        "span": {"start": 0.0, "end": 4.0},
        "provenance": Provenance(model="fuzz"),
        "quality": 0.8,
    }
    pitch = {"pitch": Measurement(value=98, unit="Hz", low=110, high=220)}
    return [
        Evidence(
            id="F1", modality="face", tool="face", distribution=happy,
            observation="The face looks happy (0.70).", **common,
        ),
        Evidence(
            id="P1", modality="prosody", tool="prosody", distribution=sad,
            observation="Pitch is low: 98 Hz on average, typical 110 to 220 Hz.",
            measurements=pitch, **common,
        ),
    ]  # fmt: skip


CLAIMS = (
    "The face looks happy (0.70), more than the voice.",
    "The pitch is low: 98 Hz, below the typical 110 to 220 Hz, from 0 s to 4 s.",
    'The words "leave me alone" read as sad, which outweighs the smile.',
    "The case is labelled sad with a similarity of 0.91 after the voice fell.",
)


def _claim_texts(folder: Path) -> None:
    for number, text in enumerate(CLAIMS):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")


def _check(folder: Path) -> Use:
    facts = Facts(evidence={piece.id: piece for piece in _evidence()}, leading="sad")

    def use(file: Path) -> None:
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        for cites in (("F1",), ("P1", "F1"), (text[:3],), ()):
            for supports in (True, False):
                claim = Claim(text=text, cites=cites, supports=supports)
                found = claim_problem(claim, facts)
                if not cites and not found:
                    raise AssertionError("a claim that cites nothing stands")

    return use


class _Says(BaseChatModel):
    """A chat model that replies what it was given."""

    text: str = ""

    @property
    def _llm_type(self) -> str:
        return "fuzz"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.text))])


def _replies(folder: Path) -> None:
    for number, reply in enumerate((
        {"hypotheses": [{"emotion": "sad", "words": ["lonely"], "evidence": ["P1"]}]},
        {"P1": CLAIMS[1], "F1": CLAIMS[0]},
        {"choice": "A", "F1": "for", "P1": "against"},
        {"words": ["lonely", "bitter"], "label": "sad"},
    )):  # fmt: skip
        text = json.dumps(reply)
        (folder / f"{number}.json").write_text(text)
        (folder / f"{number}-fenced.json").write_text(f"Here:\n```json\n{text}\n```")


def _senses() -> list[Any]:
    def sense(piece: Evidence) -> Any:
        def look(clip: Clip, span: Any) -> list[Evidence]:
            return [piece]

        look.__name__ = piece.modality
        return perception_tool(modality=piece.modality, prefix=piece.id[0])(look)

    return [sense(piece) for piece in _evidence()]


def _conclude(folder: Path) -> Use:
    model = _Says()
    agent = EmotionAgent(llm=model, tools=_senses())

    def use(file: Path) -> None:
        model.text = file.read_bytes().decode("utf-8", "surrogateescape")
        verdict = agent.analyze(text=TEXT)
        verdict.to_json()

    return use


def _cases() -> Iterator[tuple[Case, dict[Space, Any]]]:
    space = Space(modality="fuzz", model="f" * 64)
    for number in range(3):
        case = Case(
            sha256=f"{number:064x}", label="sad", labels=("blue",), summary="Low."
        )
        yield case, {space: np.array([1.0, 0.5, number], np.float32)}


def _exported(suffix: str) -> Callable[[Path], None]:
    def seeds(folder: Path) -> None:
        memory = Memory(seed=False)
        memory.add_all(_cases())
        memory.export(folder / f"cases{suffix}")

    return seeds


def _import(folder: Path) -> Use:
    def use(file: Path) -> None:
        Memory(seed=False).import_(file)

    return use


def _store(folder: Path) -> None:
    memory = Memory(folder / "room", seed=False)
    memory.add_all(_cases())
    memory.close()
    (folder / "room" / "cases.sqlite").rename(folder / "cases.sqlite")
    for rest in (folder / "room").iterdir():
        rest.unlink()
    (folder / "room").rmdir()


def _remember(folder: Path) -> Use:
    room = folder / "memory"

    def use(file: Path) -> None:
        room.mkdir(exist_ok=True)
        for old in room.iterdir():
            old.unlink()
        (room / "cases.sqlite").write_bytes(file.read_bytes())
        memory = Memory(room, seed=False)
        try:
            for _, vectors in _cases():
                memory.recall(vectors, leading="sad")
            memory.search(label="sad")
            memory.stats()
        finally:
            memory.close()

    return use


def _manifests(folder: Path) -> None:
    (folder / "a.csv").write_text(
        "path,text,label,speaker,dialogue,turn,language\n"
        'a.mp4,,happy,ann,,,en\n,"Well, ""yes""",gloomy,,d1,2,de\n'
    )


def _scores(folder: Path) -> None:
    (folder / "a.jsonl").write_text(
        '{"name": "a", "labels": ["happy", "glad"]}\n{"name": "b", "labels": "[sad]"}\n'
    )


def _score(folder: Path) -> Use:
    wheels = shipped_wheels()

    def use(file: Path) -> None:
        rows = read_label_rows(file)
        json.dumps(score(rows, rows, "ov", wheels).to_dict()).encode()

    return use


def _runs(folder: Path) -> None:
    with_vectors = EmotionAgent(llm=None, tools=["transcript"])
    with_vectors.analyze(text=TEXT, record=folder)


def _replay(folder: Path) -> Use:
    (vectors,) = (folder / "seeds").glob("*.npz")
    (sheet,) = (folder / "seeds").glob("*.json")

    def use(file: Path) -> None:
        other = vectors if file.suffix == ".json" else sheet
        file.with_suffix(other.suffix).write_bytes(other.read_bytes())
        EmotionAgent.replay(RecordedRun.load(file.with_suffix(".json")))

    return use


def _checkpoints(folder: Path) -> None:
    agent = EmotionAgent(llm=None, tools=_senses(), runs=folder / "room")
    agent.analyze(text=TEXT, thread="a")
    whole, copy = folder / "room" / "checkpoints.sqlite", folder / "checkpoints.sqlite"
    with (
        closing(sqlite3.connect(whole)) as one,
        closing(sqlite3.connect(copy)) as other,
    ):
        one.backup(other)
    shutil.rmtree(folder / "room")


def _resume(folder: Path) -> Use:
    room, senses = folder / "runs", _senses()

    def use(file: Path) -> None:
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir()
        shutil.copy(file, room / "checkpoints.sqlite")
        EmotionAgent(llm=None, tools=senses, runs=room).analyze(text=TEXT, thread="a")

    return use


def _verdicts(folder: Path) -> None:
    agent = EmotionAgent(llm=None, tools=["transcript"], audit=folder / "log.jsonl")
    (folder / "verdict.json").write_text(agent.analyze(text=TEXT).to_json())
    (folder / "log.jsonl.lock").unlink(missing_ok=True)


def _verify(folder: Path) -> Use:
    def use(file: Path) -> None:
        if file.suffix == ".json":
            read_verdict(str(file)).to_json()
        else:
            list(AuditLog(file).verify())

    return use


TARGETS = {
    "decoder": Target(_films, _decode),
    "claims": Target(_claim_texts, _check),
    "replies": Target(_replies, _conclude),
    "cases.jsonl": Target(_exported(".jsonl"), _import),
    "cases.parquet": Target(_exported(".parquet"), _import),
    "cases.sqlite": Target(_store, _remember),
    "manifests": Target(_manifests, lambda _: read_manifest),
    "scores": Target(_scores, _score),
    "runs": Target(_runs, _replay),
    "checkpoints": Target(_checkpoints, _resume),
    "verdicts": Target(_verdicts, _verify),
}
