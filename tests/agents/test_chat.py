"""A conversation: facts with ids, changes computed, every state kept."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affectgraph.agents import (
    Clip,
    Edits,
    EmotionAgent,
    Evidence,
    Measurement,
    Memory,
    Provenance,
    RecordedRun,
    Recorder,
    Span,
    perception_tool,
)
from affectgraph.agents.chat import Session, opened
from affectgraph.agents.chat.question_parser import ParsedQuestion, parse_question
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def sense(modality: str, prefix: str, emotion: str, share: float) -> Any:
    """A sense that always finds one emotion, and a strength of it."""

    def look(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
        rest = (1 - share) / 6
        shares = {e: share if e == emotion else rest for e in BASIC_EMOTIONS}
        made_by = Provenance(model="test")
        strength = Measurement(value=90, unit="Hz", low=110, high=220)
        whole = Evidence(
            span=span,
            observation=f"The {modality} is nearest to {emotion} ({share:.2f}).",
            distribution=shares,
            quality=0.8,
            provenance=made_by,
        )
        detail = Evidence(
            span=span,
            observation="Pitch is low: 90 Hz, typical 110 to 220.",
            measurements={"pitch": strength},
            quality=0.8,
            provenance=made_by,
        )
        return [whole] if fine else [whole, detail]

    look.__name__ = modality
    return perception_tool(modality=modality, prefix=prefix)(look)


TOOLS = [
    sense("gesture", "G", "happy", 0.6),
    sense("gaze", "Z", "sad", 0.9),
    sense("posture", "O", "sad", 0.4),
]
SOUND = np.zeros(64_000, np.float32)


@pytest.fixture
def talk(tmp_path: Path) -> Callable[..., Session]:
    """Begin a conversation about four seconds of silence, or go on with one."""
    sessions: list[Session] = []

    def begin(thread: str = "a", *, clip: bool = True, **how: Any) -> Session:
        if sessions:
            sessions[-1].close()
        agent = EmotionAgent(**{"llm": None, "tools": TOOLS, **how})
        source = Clip.open(SOUND) if clip else None
        sessions.append(opened(agent, source, thread=thread, runs=tmp_path / "runs"))
        return sessions[-1]

    return begin


def texts(turn: Any) -> str:
    return "\n".join(str(line) for line in turn.answer.lines)


def test_why_not_is_answered_from_evidence(talk: Callable[..., Session]) -> None:
    session = talk()
    turn = session.say("Why not happy?")
    said = {p.id: p.observation for p in session.verdict.evidence}
    cited = [line for line in turn.answer.lines if line.side]
    assert cited and all(line.text == said[line.cites[0]] for line in cited)
    assert ("G1", "for") in {(line.cites[0], line.side) for line in cited}
    assert ("Z1", "against") in {(line.cites[0], line.side) for line in cited}
    assert turn.answer.lines[0].text.startswith("Happy does not lead: probability")


def test_why_not_says_what_each_expert_adds(talk: Callable[..., Session]) -> None:
    """Of any emotion, not only of the runner-up; the sum decides."""
    session = talk()
    terms = session.verdict.terms
    for emotion in ("happy", "angry"):
        told = texts(session.say(f"Why not {emotion}?"))
        for expert in ("gesture", "gaze", "posture"):
            log_odds = terms[expert][emotion] - terms[expert]["sad"]
            assert f"{expert} {log_odds:+.2f}" in told


@pytest.mark.parametrize(
    "question",
    ["What did gaze add?", "Did the gaze help?", "How much does gaze weigh?"],
)
def test_what_an_expert_adds_is_a_number_and_what_is_without_it(
    talk: Callable[..., Session], question: str
) -> None:
    session = talk()
    (part,) = [c for c in session.verdict.contributions if c.expert == "gaze"]
    told = texts(session.say(question))
    assert f"{part.log_odds:+.2f}" in told and f"{part.trust.value:.2f}" in told
    without = session.say("/without gaze").label or "happy"
    assert f"Without it the answer would be {without}." in told


@pytest.mark.parametrize(
    ("question", "expert"),
    [
        ("What did the reasoner add?", "Reasoner"),
        ("Was the language model any use?", "Reasoner"),
        ("Is my memory helping?", "Memory"),
        ("Do my cases help?", "Memory"),
    ],
)
def test_an_expert_without_a_say_is_named_with_the_reason(
    talk: Callable[..., Session], question: str, expert: str
) -> None:
    first = talk().say(question).answer.lines[0].text
    assert first.startswith(f"{expert} adds nothing: ")


def test_what_would_change_its_mind_changes_it(talk: Callable[..., Session]) -> None:
    session = talk()
    asked = "how sure are you, and what would change your mind?"
    told = texts(session.say(asked))
    assert "Sad (confidence" in told
    commands = re.findall(r"(/without [a-z ]+|/set \S+ \S+) \[", told)
    assert len(commands) >= 2
    for command in commands:
        assert session.say(command).label != "sad", command
        session.say("/rewind 0")


def test_a_change_goes_as_far_as_it_reaches(talk: Callable[..., Session]) -> None:
    session = talk()
    turn = session.say("/without gaze posture")
    edits = Edits(without=("gaze", "posture"))
    expected = EmotionAgent(llm=None).what_if(session.run, edits)
    assert session.verdict == expected.verdict
    assert turn.label == expected.verdict.label != "sad"
    assert "Changed: perceive, fuse" in texts(turn)
    assert "no verdict" not in texts(session.say("/compare"))
    assert session.say("/only gaze").label == "sad"
    assert session.turn.edits == Edits(only=("gaze",))
    low = session.say("/set Z2.pitch high")
    assert low.edits.values == {"Z2.pitch": "high"}


def test_a_closer_look_adds_evidence(talk: Callable[..., Session]) -> None:
    session = talk()
    turn = session.say("/look 1.0-2.5 gesture")
    (added,) = turn.edits.added
    assert added.span == Span(start=1.0, end=2.5)
    assert f"[{added.id}]" in texts(turn)
    assert turn.edits.descriptions == ("gesture at 1.0-2.5 s",)
    session.say("/look 2.0-3.0 gesture")
    ids = [piece.id for piece in session.verdict.evidence]
    assert added.id in ids and len(ids) == len(set(ids))
    assert "the clip ends at 4.0 s" in texts(session.say("/look 3.0-9.0 gesture"))
    assert "no sense 'smell'" in texts(session.say("/look 1-2 smell"))
    assert "write /look" in texts(session.say("/look gesture"))
    again = talk(clip=False)
    assert again.verdict == session.verdict
    no_clip = again.say("/look 1-2 gesture")
    assert no_clip.answer.problem and "affectgraph chat CLIP" in texts(no_clip)


def test_every_state_can_be_gone_back_to(talk: Callable[..., Session]) -> None:
    session = talk()
    first = session.verdict
    session.say("/without gaze")
    session.say("/only gesture")
    only = session.verdict
    assert session.say("/rewind 0").label == first.label
    assert session.verdict == first
    session.say("/rewind 2")
    assert session.verdict == only
    assert [turn.step for turn in session.history()] == [0, 1, 2, 3, 4]
    assert session.say("/rewind 9").answer.problem
    assert len(session.say("/rewind").answer.tables[0].rows) == 6


def test_a_fork_goes_its_own_way(talk: Callable[..., Session]) -> None:
    session = talk()
    session.say("/without gaze")
    assert "--thread b" in texts(session.say("/fork b"))
    session.say("/only gaze")
    assert "there already" in texts(session.say("/fork b"))
    here = session.turn.edits
    fork = talk("b", clip=False)
    assert fork.turn.edits == Edits(without=("gaze",))
    assert [turn.step for turn in fork.history()] == [0, 1]
    assert fork.say("/rewind 0").edits == Edits()
    assert talk("a", clip=False).turn.edits == here


def test_it_goes_on_where_it_ended(talk: Callable[..., Session]) -> None:
    session = talk()
    session.say("/without gaze")
    turn, verdict = session.turn, session.verdict
    again = talk(tools=["transcript"], clip=False)
    assert (again.turn, again.verdict) == (turn, verdict)
    assert talk().turn == turn


def test_a_thread_is_one_clip_in_one_place(
    talk: Callable[..., Session], tmp_path: Path
) -> None:
    session, agent = talk(), EmotionAgent(llm=None)
    other, runs = Clip.open(text="I am so happy!"), tmp_path / "runs"
    with pytest.raises(SettingError, match="open elsewhere"):
        opened(agent, None, thread="a", runs=runs)
    session.close()
    with pytest.raises(SettingError, match="about array"):
        opened(agent, other, thread="a", runs=runs)
    with pytest.raises(SettingError, match="no thread 'c' yet"):
        opened(agent, None, thread="c", runs=runs)
    with pytest.raises(SettingError, match="go together"):
        opened(agent, other, thread="c")
    with pytest.raises(SettingError, match="no folder of conversations"):
        opened(agent, None, thread="c", runs=tmp_path / "nowhere")


def test_a_recorded_run_can_be_talked_about() -> None:
    recorder = Recorder()
    agent = EmotionAgent(llm=None)
    verdict = agent.analyze(text="I am so happy that you came!", record=recorder)
    session = opened(agent, recorder.run)
    assert session.verdict == verdict
    assert session.say("/fork b").answer.problem


@given(
    lines=st.lists(
        st.sampled_from(
            ["/without gaze", "/only gesture", "/only gaze posture", "/rewind 1",
             "/set G1.quality 0.1", "/set Z1.distribution happy", "/rewind 0", "why?"]
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
@settings(max_examples=6, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_a_state_is_its_edits_and_nothing_else(
    lines: list[str], run: RecordedRun, agent: EmotionAgent
) -> None:
    session = opened(agent, run)
    for line in lines:
        session.say(line)
    assert len(session.history()) == len(lines) + 1
    expected = agent.what_if(run, session.turn.edits).verdict
    assert session.verdict.distribution == expected.distribution
    assert session.turn.label == expected.label


@pytest.fixture
def agent() -> EmotionAgent:
    return EmotionAgent(llm=None, tools=TOOLS)


@pytest.fixture
def run(agent: EmotionAgent) -> RecordedRun:
    recorder = Recorder()
    agent.analyze(SOUND, record=recorder)
    assert recorder.run is not None
    return recorder.run


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("why not angry?", ParsedQuestion(intents=("why_not",), labels=("angry",))),
        ("Why anger?", ParsedQuestion(intents=("why",), labels=("angry",))),
        ("Why?", ParsedQuestion(intents=("why",))),
        (
            "how sure are you, and what would change your mind?",
            ParsedQuestion(intents=("how_sure", "what_would_change")),
        ),
        (
            "what did the gaze say at two seconds?",
            ParsedQuestion(
                intents=("evidence",), sense="gaze", span=Span(start=2, end=2)
            ),
        ),
        (
            "what was said between 1 and 2.5 s?",
            ParsedQuestion(
                intents=("evidence",), sense="transcript", span=Span(start=1, end=2.5)
            ),
        ),
        (
            "gesture from two and a half to 3 seconds",
            ParsedQuestion(
                intents=("evidence",), sense="gesture", span=Span(start=2.5, end=3)
            ),
        ),
        (
            "what did the voice say?",
            ParsedQuestion(intents=("evidence",), sense="prosody"),
        ),
        ("What is g2?", ParsedQuestion(intents=("evidence",), ids=("G2",))),
        ("which cases are similar?", ParsedQuestion(intents=("similar_cases",))),
        ("do the senses disagree?", ParsedQuestion(intents=("conflict",))),
        ("what is the weather like", None),
        ("", None),
    ],
)
def test_what_a_question_is_about(
    run: RecordedRun, question: str, expected: ParsedQuestion | None
) -> None:
    assert parse_question(question, run.record.verdict) == expected


def test_what_is_not_understood_is_said(agent: EmotionAgent, run: RecordedRun) -> None:
    session = opened(agent, run)
    turn = session.say("what is the weather like")
    assert turn.answer.problem and "/help" in texts(turn)
    assert "there is no /wihtout" in texts(session.say("/wihtout gaze"))
    assert "there are gesture, gaze, posture" in texts(session.say("/without face"))
    assert "prosody: not in this run" in texts(session.say("what did the voice say?"))
    assert "ends at 4.0 s" in texts(session.say("what did the gaze say at 9 s?"))


def test_each_command_answers(agent: EmotionAgent, run: RecordedRun) -> None:
    session = opened(agent, run)
    usage = [row[0] for row in session.say("/help").answer.tables[0].rows]
    assert len(usage) == 17
    for line in ("/evidence", "/evidence gaze", "/evidence Z1 G2", "/why", "/why angry",
                 "/why furious", "/cases", "/compare", "/graph", "/trace",
                 "do they disagree?", "/rewind"):  # fmt: skip
        turn = session.say(line)
        assert not turn.answer.problem, turn
        assert turn.answer.lines or turn.answer.tables
    assert session.say("/case C1").answer.problem
    assert session.say("/evidence smell").answer.problem


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/wit", ["/without"]),
        ("/without g", ["gesture", "gaze"]),
        ("/without gaze g", ["gesture"]),
        ("/back ", []),
        ("/why a", ["angry"]),
        ("/look ", ["0.0-4.0"]),
        ("/look 1-2 po", ["posture"]),
        ("/set Z2", ["Z2.pitch", "Z2.quality"]),
        ("/set Z2.pitch l", ["low"]),
        ("/rewind ", ["0"]),
        ("why a", []),
    ],
)
def test_a_line_is_completed(
    agent: EmotionAgent, run: RecordedRun, line: str, expected: list[str]
) -> None:
    assert opened(agent, run).completions(line) == expected


def test_it_is_saved_whole_and_never_over_something(
    agent: EmotionAgent, run: RecordedRun, tmp_path: Path
) -> None:
    session = opened(agent, run)
    session.say("/without gaze")
    verdict, notes = tmp_path / "v.json", tmp_path / "talk.md"
    session.say(f"/save {verdict}")
    session.say(f"/save {notes}")
    assert json.loads(verdict.read_text()) == session.verdict.to_dict()
    assert "## 1. /without gaze" in notes.read_text()
    assert "there already" in texts(session.say(f"/save {notes}"))
    assert "FILE.json" in texts(session.say("/save talk.pdf"))
    assert "cannot be written" in texts(session.say(f"/save {tmp_path}/no/v.json"))
    assert {p.name for p in tmp_path.iterdir()} == {"v.json", "talk.md"}


def test_a_correction_is_kept_with_the_vectors_of_the_run(tmp_path: Path) -> None:
    runs, place = tmp_path / "runs", tmp_path / "cases"
    clip = Clip.open(text="I am so happy that you came!")
    opened(EmotionAgent(llm=None), clip, thread="a", runs=runs).close()
    agent = EmotionAgent(llm=None, memory=Memory(place))
    session = opened(agent, None, thread="a", runs=runs)
    turn = session.say("/correct sad It is irony")
    assert "Happy is corrected to sad" in texts(turn) and str(place) in texts(turn)
    (entry,) = Memory(place).history()
    assert (entry.before, entry.after, entry.note) == ("happy", "sad", "It is irony")
    assert "label 'table'" in texts(session.say("/correct table"))


class Voice:
    """Replies to questions from a script; to anything else unreadably."""

    def __init__(self, script: dict[str, str]) -> None:
        self.script = script
        self.asked: list[str] = []

    def __call__(self, messages: Any, options: Any) -> str:
        task = str(messages[1].content)
        if not task.startswith("Somebody asks"):
            return "no"
        self.asked.append(task)
        schema = options["response_format"]["json_schema"]["schema"]
        names = schema["properties"]
        return json.dumps({name: self.script.get(name, FALSE) for name in names})


@pytest.fixture
def talk_with_voice(scripted: Any) -> Callable[..., tuple[Session, Voice]]:
    def begin(**script: str) -> tuple[Session, Voice]:
        voice = Voice(script)
        agent = EmotionAgent(llm=scripted(voice), tools=TOOLS)
        return opened(agent, Clip.open(SOUND)), voice

    return begin


TRUE = "The gaze points to sad, at 0.90."
FALSE = "The gaze shows happy at 0.90."


def test_what_the_model_says_is_checked(
    talk_with_voice: Callable[..., tuple[Session, Voice]],
) -> None:
    session, voice = talk_with_voice(Z1=TRUE)
    turn = session.say("why sad?")
    assert len(voice.asked) == 1 and "why sad?" in voice.asked[0]
    by_model = [line for line in turn.answer.lines if line.by == "llm"]
    assert [(line.text, line.cites) for line in by_model] == [(TRUE, ("Z1",))]
    assert FALSE not in texts(turn) and "a claim was dropped" in texts(turn)
    assert "Sad leads: probability" in texts(turn)


def test_where_no_word_of_the_model_stands_the_facts_do(
    talk_with_voice: Callable[..., tuple[Session, Voice]],
) -> None:
    session, _ = talk_with_voice()
    turn = session.say("why sad?")
    assert all(line.by == "facts" for line in turn.answer.lines)
    assert "The gaze is nearest to sad (0.90). [Z1]" in texts(turn)


def test_the_model_reads_what_the_reader_cannot(
    talk_with_voice: Callable[..., tuple[Session, Voice]],
) -> None:
    session, voice = talk_with_voice(topic="conflict", emotion="none", sense="none")
    assert "distance" in texts(session.say("Concord or discord?"))
    voice.script["topic"] = "other"
    assert session.say("What is the weather?").answer.problem
