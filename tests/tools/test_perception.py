"""Perception tools: how they are made, and what they may return."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import BrokenSenseError, SettingError, SlowSenseError
from affectgraph.tools.evidence import (
    Calibration,
    Evidence,
    Measurement,
    Moment,
    Provenance,
    Span,
)
from affectgraph.tools.perception import PerceptionTool, perception_tool

MADE_BY = Provenance(model="test")
HASHED = Provenance(model="test", sha256="0" * 64)
HAPPY = distribution({"happy": 0.8, "neutral": 0.2})


def clip(seconds: float = 2.0) -> Clip:
    return Clip.open(np.zeros(round(16_000 * seconds), np.float32))


def piece(**fields: Any) -> Evidence:
    usual = {"observation": "Hands rest.", "quality": 0.5, "provenance": MADE_BY}
    return Evidence(**{"span": Span(start=0, end=1), **usual, **fields})


def sense(look: Callable[..., Any], **settings: Any) -> PerceptionTool:
    return perception_tool(modality="gesture", prefix="G", **settings)(look)


def perceive(look: Callable[..., Any], of: Clip | None = None, **settings: Any) -> Any:
    of = of or clip()
    return sense(look, **settings).perceive(of, of.span)


def test_what_a_sense_finds_is_numbered_and_named() -> None:
    def wave(clip: Clip, span: Span) -> Any:
        yield piece()
        yield piece(id="X9", modality="nonsense", tool="other")

    found = perceive(wave)
    assert [(p.id, p.modality, p.tool) for p in found] == [
        ("G1", "gesture", "wave"),
        ("G2", "gesture", "wave"),
    ]


def test_a_class_is_made_once_and_keeps_its_state() -> None:
    made = []

    @perception_tool(modality="gaze", prefix="Z")
    class EyeContact:
        def __init__(self) -> None:
            made.append(self)
            self.calls = 0

        def __call__(self, clip: Clip, span: Span, *, fine: bool = False) -> Any:
            self.calls += 1
            return [piece(observation=f"Look {self.calls}, fine: {fine}.")]

    of = clip()
    assert EyeContact.name == "eye_contact" and EyeContact.looks_closer and not made
    looks = [EyeContact.perceive(of, of.span, fine=fine) for fine in (False, True)]
    assert [p.observation for (p,) in looks] == [
        "Look 1, fine: False.",
        "Look 2, fine: True.",
    ]
    assert len(made) == 1


def test_a_class_is_made_once_by_many_threads() -> None:
    made, together = [], threading.Barrier(4)

    @perception_tool(modality="gaze", prefix="Z")
    class Gaze:
        def __init__(self) -> None:
            made.append(self)

        def __call__(self, clip: Clip, span: Span) -> list[Evidence]:
            return [piece()]

    def look() -> None:
        of = clip()
        together.wait()
        Gaze.perceive(of, of.span)

    threads = [threading.Thread(target=look) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(made) == 1


@pytest.mark.parametrize(
    "settings",
    [{"prefix": "g"}, {"prefix": "GG"}, {"prefix": ""}, {"prefix": "C"},
     {"prefix": "Ä"}, {"modality": "two words"}, {"modality": "Face"},
     {"modality": ""}, {"needs": "vision"}, {"seconds": 0}],
)  # fmt: skip
def test_a_sense_that_cannot_be_used_is_refused_when_it_is_made(settings: Any) -> None:
    with pytest.raises(SettingError, match="of a sense"):
        perception_tool(**{"modality": "gesture", "prefix": "G", **settings})(perceive)


def moment(start: float, end: float) -> Moment:
    return Moment(span=Span(start=start, end=end), distribution=HAPPY)


WRONG = {
    "not a list of Evidence": lambda clip, span: "the hands rest",
    "returned None": lambda clip, span: None,
    "a Evidence, not a list": lambda clip, span: piece(),
    "a dict among the evidence": lambda clip, span: [{"observation": "Hands rest."}],
    "more than 102 pieces": lambda clip, span: [piece()] * 103,
    "characters": lambda clip, span: [piece(provenance=Provenance(model="m" * 10**7))],
    "the span 1.0-9.0 s": lambda clip, span: [piece(span=Span(start=1, end=9))],
    "the span 3.0-4.0 s": lambda clip, span: [piece(timeline=(moment(3, 4),))],
    "vector that was not stored: 'hands'": lambda clip, span: [
        piece(embedding="hands")
    ],
    "not one finite": lambda clip, span: [
        piece(embedding=clip.keep("bad", np.array([1.0, np.nan])), provenance=HASHED)
    ],
    "without Provenance": lambda clip, span: [
        piece(embedding=clip.keep("whose", np.array([1.0, 0.0])))
    ],
    "wrong evidence: Evidence: quality": lambda clip, span: [
        piece().model_copy(update={"quality": 7.0})
    ],
    "wrong types": lambda clip, span: [piece().model_copy(update={"quality": "good"})],
    "tried to end the program": lambda clip, span: exit(3),
}


@pytest.mark.parametrize("reason", WRONG)
def test_what_is_no_evidence_is_refused_in_one_line(reason: str) -> None:
    with pytest.raises(BrokenSenseError, match=reason) as caught:
        perceive(WRONG[reason])
    assert len(str(caught.value).splitlines()) == 1


def test_an_endless_flood_is_cut_off() -> None:
    def flood(clip: Clip, span: Span) -> Any:
        while True:
            yield piece()

    with pytest.raises(BrokenSenseError, match="more than 102 pieces"):
        perceive(flood)


def test_a_sense_that_hangs_is_left_behind_and_costs_a_few_threads() -> None:
    free, asked = threading.Event(), []

    def hang(clip: Clip, span: Span) -> list[Evidence]:
        asked.append(threading.current_thread())
        free.wait()
        return [piece()]

    tool, of = sense(hang, seconds=0.05), clip()
    for _ in range(4):
        with pytest.raises(SlowSenseError, match=r"within 0\.05 s"):
            tool.perceive(of, of.span)
    with pytest.raises(SlowSenseError, match="still busy with 4"):
        tool.perceive(of, of.span)
    assert len(asked) == 4
    free.set()
    [thread.join() for thread in asked]
    assert tool.perceive(of, of.span)


def test_a_sense_that_hung_once_answers_the_next_time() -> None:
    free, asked = threading.Event(), []

    def hang_once(clip: Clip, span: Span) -> list[Evidence]:
        asked.append(span)
        if len(asked) == 1:
            free.wait()
        return [piece()]

    tool, of = sense(hang_once, seconds=0.2), clip()
    with pytest.raises(SlowSenseError):
        tool.perceive(of, of.span)
    assert all(tool.perceive(of, of.span) for _ in range(18))
    free.set()


def test_a_sense_that_is_left_behind_ends_at_its_next_step() -> None:
    asked = []

    def endless(clip: Clip, span: Span) -> list[Evidence]:
        asked.append(threading.current_thread())
        while True:
            clip.artifact("step", lambda: None)

    of = clip()
    with pytest.raises(SlowSenseError):
        perceive(endless, of=of, seconds=0.05)
    asked[0].join(30)
    assert not asked[0].is_alive()


def test_a_long_clip_is_given_its_minutes() -> None:
    def slow(clip: Clip, span: Span) -> list[Evidence]:
        threading.Event().wait(1.0)
        return []

    long = clip(seconds=240)
    with pytest.raises(BrokenSenseError, match=r"within 0\.5 s"):
        perceive(slow, seconds=0.5)
    assert perceive(slow, of=long, seconds=0.5) == []


def test_a_long_text_is_given_its_time() -> None:
    def slow(clip: Clip, span: Span) -> list[Evidence]:
        threading.Event().wait(1.0)
        return []

    assert perceive(slow, of=Clip.open(text="Well. " * 11_000), seconds=0.5) == []


ENDING = """
import threading, time
from contextlib import suppress
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SlowSenseError
from affectgraph.tools.transcript.sense import transcript

short, long = (Clip.open(text="Today I went to the market. " * n) for n in (1, 3_500))
transcript.perceive(short, short.span)

def read():
    while True:
        with suppress(SlowSenseError):
            transcript.perceive(long, long.span)

look = threading.Thread(target=read, daemon=True)
look.start()
time.sleep(3)
assert look.is_alive()
"""


@pytest.mark.slow
def test_a_program_ends_cleanly_whose_sense_is_still_at_work() -> None:
    line = [sys.executable, "-c", ENDING]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")


def test_numbers_of_any_kind_enter_as_plain_ones() -> None:
    def measure(clip: Clip, span: Span) -> list[Evidence]:
        speed = Measurement.model_construct(value=np.float64(0.1), unit="m/s")
        return [piece(measurements={"speed": speed}, distribution=HAPPY)]

    (found,) = perceive(measure)
    assert type(found.measurements["speed"].value) is float


@settings(deadline=None)
@given(
    vote=st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).map(distribution),
    temperature=st.floats(0.2, 10.0),
)
def test_a_calibration_makes_votes_as_sure_as_they_deserve(
    vote: dict, temperature: float
) -> None:
    trust = Calibration(temperature=temperature, weight=1.0)

    def look(clip: Clip, span: Span) -> list[Evidence]:
        whole = Moment(span=span, distribution=vote)
        return [piece(distribution=vote, timeline=(whole,)), piece()]

    of = clip()
    voting, fact = sense(look, calibration=trust).perceive(of, of.span)
    assert fact.calibration is None and voting.calibration == trust
    assert voting.distribution is not None
    assert voting.timeline[0].distribution == voting.distribution
    assert sum(voting.distribution.values()) == pytest.approx(1)
    before, after = max(vote.values()), max(voting.distribution.values())
    assert (after <= before + 1e-9) if temperature >= 1 else (after >= before - 1e-9)
    ranked = sorted(BASIC_EMOTIONS, key=lambda e: vote[e])
    shares = [voting.distribution[emotion] for emotion in ranked]
    assert shares == sorted(shares)
