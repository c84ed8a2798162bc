"""Kept evidence: the same as looking again, bounded, shared, gone when forgotten."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent
from affectgraph.agents.cli.main import app
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.graphs.external_calls import PerceptionRequest, PerceptionResult
from affectgraph.graphs.schema import SenseStatus, Verdict
from affectgraph.tools.clip import Clip, Limits, Turn
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.transcript.sense import transcript

WORDS = "I am so happy that you came!"


def request_for(clip: Clip, **update: Any) -> PerceptionRequest:
    told = {"tool": "transcript", "weights": {"a": "b"}, "clip": clip.sha256,
            "span": clip.span, "fine": False, "first": 1}  # fmt: skip
    return PerceptionRequest(**{**told, **update})


class CountingLook:
    """Counts how often a sense was asked, which keeps a vector, too."""

    def __init__(self, clip: Clip, observation: str = "Says: happy.") -> None:
        self.times, self._clip, self._said = 0, clip, observation

    def __call__(self) -> PerceptionResult:
        self.times += 1
        key = self._clip.keep(
            "embedding/transcript", np.float32([0.1, 1e-30, self.times])
        )
        piece = Evidence(
            id="T1", modality="transcript", tool="transcript", quality=1 / 3,
            span=Span(start=0, end=0), observation=self._said, embedding=key,
            provenance=Provenance(model="test"),
        )  # fmt: skip
        return PerceptionResult(
            evidence=(piece,), sensed=SenseStatus(state="present", seconds=9.0)
        )


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EvidenceCache]:
    with closing(EvidenceCache(tmp_path / "evidence")) as made:
        yield made


def test_an_answer_comes_back_as_it_was_with_its_vectors(cache: EvidenceCache) -> None:
    clip, again = Clip.open(text=WORDS), Clip.open(text=WORDS)
    look = CountingLook(clip)
    first = cache.answer(request_for(clip), transcript, clip, look)
    second = cache.answer(request_for(again), transcript, again, look)
    assert look.times == 1
    assert (first.evidence, second.sensed.state) == (second.evidence, "present")
    assert second.sensed.seconds < 9.0, "it took no time this time"
    np.testing.assert_array_equal(
        again.kept("embedding/transcript"), clip.kept("embedding/transcript")
    )


@pytest.mark.parametrize(
    "other",
    [
        {"weights": {"a": "c"}},
        {"fine": True},
        {"first": 2},
        {"span": Span(start=0, end=1)},
        {"tool": "transcript_2"},
    ],
    ids=str,
)
def test_another_question_is_asked(cache: EvidenceCache, other: dict[str, Any]) -> None:
    clip = Clip.open(text=WORDS)
    look = CountingLook(clip)
    for question in (request_for(clip), request_for(clip, **other)):
        cache.answer(question, transcript, clip, look)
    assert look.times == 2


def test_so_is_one_about_the_clip_in_another_way(cache: EvidenceCache) -> None:
    clips = [
        Clip.open(text=WORDS),
        Clip.open(text=WORDS, language="de"),
        Clip.open(text=WORDS, turns=[Turn(text="Hello.")]),
        Clip.open(text=WORDS, limits=Limits(side=640)),
    ]
    look = CountingLook(clips[0])
    for clip in clips * 2:
        cache.answer(request_for(clip), transcript, clip, look)
    assert look.times == len(clips)


def test_what_failed_and_senses_from_elsewhere_are_asked_every_time(
    cache: EvidenceCache,
) -> None:
    clip, times = Clip.open(text=WORDS), []

    def broken() -> PerceptionResult:
        times.append("broken")
        return PerceptionResult(
            sensed=SenseStatus(state="failed", reason="out of luck")
        )

    def other_sense(clip: Clip, span: Span) -> list[Evidence]:
        return []

    for _ in range(2):
        cache.answer(request_for(clip), transcript, clip, broken)
    look, stranger = CountingLook(clip), replace(transcript, sense=other_sense)
    for _ in range(2):
        cache.answer(request_for(clip), stranger, clip, look)
    assert (len(times), look.times) == (2, 2)


def test_it_is_bounded_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    most = 40_000
    with closing(EvidenceCache(tmp_path, most)) as kept:
        clips = [Clip.open(text=f"{WORDS} {number}") for number in range(100)]
        looks = [CountingLook(clip, "x" * 500) for clip in clips]
        for clip, look in zip(clips, looks, strict=True):
            kept.answer(request_for(clip), transcript, clip, look)
            kept.answer(request_for(clips[0]), transcript, clips[0], looks[0])
        kept.answer(request_for(clips[1]), transcript, clips[1], looks[1])
    assert (looks[0].times, looks[1].times) == (1, 2)
    with closing(sqlite3.connect(tmp_path / "evidence.sqlite")) as database:
        total, count = database.execute(
            "SELECT SUM(bytes), COUNT(*) FROM seen"
        ).fetchone()
    assert count > 10 and total <= most


def test_what_was_altered_is_not_believed(tmp_path: Path) -> None:
    clip = Clip.open(text=WORDS)
    look = CountingLook(clip)
    with closing(EvidenceCache(tmp_path)) as kept:
        kept.answer(request_for(clip), transcript, clip, look)
    with closing(sqlite3.connect(tmp_path / "evidence.sqlite")) as database:
        database.execute("UPDATE seen SET entry = replace(entry, 'happy', 'angry')")
        database.commit()
    with closing(EvidenceCache(tmp_path)) as kept:
        seen = kept.answer(request_for(clip), transcript, clip, look)
        kept.answer(request_for(clip), transcript, clip, look)
    assert "happy" in seen.evidence[0].observation and look.times == 2


def counting_transcript(times: list[int]) -> Any:
    """The transcript sense, counting its calls."""

    @wraps(transcript.sense)
    def sense(*arguments: Any, **named: Any) -> Any:
        times.append(1)
        return transcript.sense(*arguments, **named)

    return replace(transcript, sense=sense)


def comparable(verdict: Verdict) -> dict[str, Any]:
    told = verdict.to_dict()
    del told["provenance"], told["modalities"]
    return told


def test_a_verdict_from_kept_evidence_is_the_same(tmp_path: Path) -> None:
    times: list[int] = []
    verdicts = [
        EmotionAgent(
            llm=None, tools=[counting_transcript(times)], evidence=folder
        ).analyze(text=WORDS)
        for folder in (None, tmp_path, tmp_path)
    ]
    assert len(times) == 2
    assert comparable(verdicts[0]) == comparable(verdicts[1]) == comparable(verdicts[2])
    for file in tmp_path.iterdir():
        file.unlink()  # the log of what was written would heal it
    file = tmp_path / "evidence.sqlite"
    file.write_bytes(b"no database at all" * 500)
    agent = EmotionAgent(
        llm=None, tools=[counting_transcript(times)], evidence=tmp_path
    )
    spoilt, later = agent.analyze(text=WORDS), agent.analyze(text=WORDS)
    assert comparable(spoilt) == comparable(verdicts[0]) and len(times) == 4
    assert [str(file) in note for note in spoilt.provenance.notes] == [True]
    assert later.provenance.notes == (), "told once"


SHARING = """
import sys
from pathlib import Path
from affectgraph.agents import EmotionAgent
agent = EmotionAgent(llm=None, tools=["transcript"], evidence=Path(sys.argv[1]))
for number in range(4):
    verdict = agent.analyze(text=f"I am happy about number {number}!")
    assert not verdict.provenance.notes, verdict.provenance.notes
    print(verdict.distribution)
"""


@pytest.mark.slow
def test_two_processes_share_a_folder_and_forget_erases(tmp_path: Path) -> None:
    line = [sys.executable, "-c", SHARING, str(tmp_path)]
    both = [subprocess.Popen(line, stdout=subprocess.PIPE) for _ in range(2)]
    one, other = (process.communicate()[0] for process in both)
    assert one == other and one.count(b"happy") == 4
    with closing(sqlite3.connect(tmp_path / "evidence.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT COUNT(*) FROM seen").fetchone() == (4,)
    file = tmp_path / "clip.txt"
    file.write_text("I am happy about number 2!")
    told = CliRunner().invoke(
        app,
        ["memory", "forget", "--clip", str(file), "--evidence", str(tmp_path), "--yes"],
    )
    assert "1 answers of senses forgotten" in told.output
    bytes_left = b"".join(f.read_bytes() for f in tmp_path.glob("evidence.sqlite*"))
    assert b"number 2" not in bytes_left and b"number 3" in bytes_left
