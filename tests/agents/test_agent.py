"""EmotionAgent: built once, called often, on real media with the real senses."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from affectgraph.agents import EmotionAgent, Event, Verdict
from affectgraph.agents.demo import demo_clip
from affectgraph.graphs.schema.verdict import TableRows
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import ClipError, ClipNotFoundError, SettingError

pytestmark = pytest.mark.slow


def test_the_demo_clip_holds_a_conflict_and_hedges(agent: EmotionAgent) -> None:
    verdict = agent.analyze(demo_clip())
    assert {m: s.state for m, s in verdict.modalities.items()} == {
        "face": "present",
        "prosody": "present",
        "transcript": "present",
    }
    assert any("face" in conflict.modalities for conflict in verdict.conflict)
    # People follow a happy face, but not without doubt where all else is not.
    alone = EmotionAgent(llm=None, tools=["face"]).analyze(demo_clip())
    assert verdict.mixed and verdict.confidence < alone.confidence - 0.1
    parts = {part.expert: part.log_odds for part in verdict.contributions}
    assert parts["face"] > 0 > parts["transcript"]
    cited = {name for claim in verdict.claims for name in claim.cites}
    assert cited and cited <= {piece.id for piece in verdict.evidence}


def test_a_picture_needs_no_sound(agent: EmotionAgent, demo: Path) -> None:
    verdict = agent.analyze(demo / "astronaut.jpg")
    assert verdict.label == "happy"
    assert verdict.modalities["prosody"].state == "absent"


def test_words_alone_are_enough(agent: EmotionAgent) -> None:
    assert agent.analyze(text="I am so happy that you came!").label == "happy"
    assert agent.analyze(text="I hate you, get out of my house!").label == "angry"


def test_sound_alone_is_heard_and_read(agent: EmotionAgent, demo: Path) -> None:
    verdict = agent.analyze(demo / "speech.ogg")
    assert verdict.modalities["face"].state == "absent"
    assert "crying" in " ".join(piece.observation for piece in verdict.evidence)


def test_silence_abstains_with_reasons(agent: EmotionAgent) -> None:
    verdict = agent.analyze(np.zeros(32_000, np.float32))
    assert verdict.abstained
    assert "speech" in verdict.modalities["prosody"].reason


def test_the_same_clip_gives_the_same_verdict(agent: EmotionAgent) -> None:
    one, other = (agent.analyze(text="What a surprise, wow!") for _ in range(2))
    assert one.distribution == other.distribution and one.claims == other.claims


def test_it_may_be_called_from_several_threads(agent: EmotionAgent) -> None:
    found: dict[str, Verdict] = {}
    texts = ["I am so happy!", "I am so sad.", "This is disgusting.", "I am afraid."]

    def work(text: str) -> None:
        found[text] = agent.analyze(text=text)

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [found[text].label for text in texts] == ["happy", "sad", "disgust", "fear"]


def test_asynchronous_programs_may_await_it(agent: EmotionAgent) -> None:
    verdict = asyncio.run(agent.aanalyze(text="I am so happy that you came!"))
    assert verdict.label == "happy"


def test_a_stream_tells_every_step_and_ends_with_the_verdict(
    agent: EmotionAgent,
) -> None:
    *events, last = agent.stream(text="I am so happy that you came!")
    assert isinstance(last, Verdict)
    assert all(isinstance(event, Event) for event in events)
    assert [e.node for e in events if isinstance(e, Event)][-1] == "verify"


def test_a_batch_goes_on_past_a_clip_that_fails(
    agent: EmotionAgent, demo: Path
) -> None:
    first, second = agent.batch([Path("missing.mp4"), demo / "astronaut.jpg"])
    assert isinstance(first, ClipNotFoundError)
    assert isinstance(second, Verdict) and second.label == "happy"


def test_a_folder_is_one_table_and_says_why_a_clip_is_missing(
    agent: EmotionAgent, demo: Path, tmp_path: Path
) -> None:
    (tmp_path / "below").mkdir()
    smile = tmp_path / "below" / "smile.jpg"
    smile.write_bytes((demo / "astronaut.jpg").read_bytes())
    (tmp_path / "notes.mp4").write_text("no film")
    table = agent.analyze_folder(tmp_path, progress=False)
    assert str(table.index.dtypes["start"]) == "timedelta64[ns]"
    rows = table.reset_index().set_index("file")
    assert set(rows.index) == {str(smile), str(tmp_path / "notes.mp4")}
    assert rows.loc[str(smile), "label"] == rows.loc[str(smile), "face_label"]
    assert rows.loc[str(smile), "reason"] == ""
    assert "notes.mp4" in rows.loc[str(tmp_path / "notes.mp4"), "reason"]


def test_a_folder_without_a_usable_clip_is_an_error(
    agent: EmotionAgent, tmp_path: Path
) -> None:
    (tmp_path / "notes.mp4").write_text("no film")
    with pytest.raises(ClipError, match=r"notes\.mp4"):
        agent.analyze_folder(tmp_path)


@pytest.mark.parametrize("rows", ["utterances", "timeline", "evidence"])
def test_a_text_has_rows_in_every_table(agent: EmotionAgent, rows: TableRows) -> None:
    table = agent.analyze(text="I am so happy that you came!").to_pandas(rows)
    assert len(table) and table["happy"].iloc[0] > 0.5


def test_a_thread_that_ended_gives_its_verdict_again(tmp_path: Path) -> None:
    text = "I am so happy that you came!"
    one = EmotionAgent(llm=None, runs=tmp_path).analyze(text=text, thread="a")
    other = EmotionAgent(llm=None, runs=tmp_path).analyze(text=text, thread="a")
    assert one == other
    with pytest.raises(SettingError, match="holds another clip"):
        EmotionAgent(llm=None, runs=tmp_path).analyze(text="No.", thread="a")


def test_a_video_with_a_face_in_it_has_a_timeline(
    agent: EmotionAgent, face_video: Callable[..., Path]
) -> None:
    verdict = agent.analyze(face_video())
    rows = [row for row in verdict.timeline if row.modality == "face"]
    assert len(rows) >= 2
    assert all(set(row.distribution) == set(BASIC_EMOTIONS) for row in rows)


@pytest.mark.parametrize(
    "settings",
    [{"tools": ["smell"]}, {"tools": []}, {"coverage": 1.5}, {"llm": "gpt"},
     {"tools": ["face", "face"]}],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused_at_once(settings: dict) -> None:
    with pytest.raises(SettingError):
        EmotionAgent(**settings)


def test_a_known_speaker_is_compared_with_earlier_clips(
    agent: EmotionAgent, demo: Path
) -> None:
    speaker = agent.know([demo / "speech.ogg"])
    assert speaker.voice is not None and speaker.face is None
    plain, known = (
        next(p for p in agent.analyze(source, speaker=who).evidence if p.id == "P1")
        for source, who in ((demo / "speech.ogg", None), (demo / "speech.ogg", speaker))
    )
    assert plain.measurements["pitch"].baseline != "this speaker's earlier clips"
    assert known.measurements["pitch"].baseline == "this speaker's earlier clips"


def test_nobody_is_known_from_a_photograph(agent: EmotionAgent, demo: Path) -> None:
    with pytest.raises(SettingError, match="no earlier clip has a voice"):
        agent.know([demo / "astronaut.jpg"])
