"""An explanation in another language says what the evidence says, and no more."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectgraph.agents import EmotionAgent
from affectgraph.agents.demo import demo_clip
from affectgraph.graphs.replay.player import ReplayedCalls, recorded_context, run_graph
from affectgraph.graphs.replay.recording import RecordedRun, Recorder
from affectgraph.graphs.translations import load_translations
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.face.facts import RULES
from affectgraph.tools.prosody.facts import describe_unusual
from affectgraph.tools.prosody.measures import UNITS

pytestmark = pytest.mark.slow

CODES = ("de", "es", "fr", "pl")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
LINE = "Why would you do that to her? I never wanted it!"


def numbers(text: str) -> list[str]:
    return sorted(NUMBER.findall(re.sub(r'"[^"]*"', "", text)))


@pytest.fixture(scope="module")
def recorded(agent: EmotionAgent) -> RecordedRun:
    """The demo's run, to be explained again without perceiving it again."""
    recorder = Recorder()
    agent.analyze(demo_clip(), record=recorder)
    assert recorder.run is not None
    return recorder.run


@pytest.mark.parametrize("code", CODES)
def test_a_language_words_every_fact_that_points_to_an_emotion(code: str) -> None:
    """All that the senses state of a measurement outside its range."""
    wording = load_translations()[code]
    for rule in RULES:
        for words, direction in ((rule.above, "high"), (rule.below, "low")):
            assert not words or wording.levels[f"{rule.name} {direction}"]
    for value in (-1.0, 9.0):
        measured = {
            name: Measurement(value=value, unit=unit, low=0.0, high=1.0)
            for name, unit in UNITS.items()
        }
        for fact in describe_unusual(Span(start=0, end=1), measured):
            ((name, measurement),) = fact.measurements.items()
            assert wording.levels[f"{name} {measurement.direction}"]


def test_all_languages_word_the_same_sentences_with_the_same_slots() -> None:
    assert tuple(load_translations()) == tuple(sorted((*CODES, "en")))
    first, *others = load_translations().values()
    assert set(first.emotions) == set(BASIC_EMOTIONS)
    for wording in (first, *others):
        assert wording.emotions.keys() == first.emotions.keys()
        assert wording.experts.keys() == wording.without.keys() == first.experts.keys()
        assert wording.levels.keys() == first.levels.keys()
        assert wording.sentences.keys() == first.sentences.keys()
        assert all([*wording.emotions.values(), *wording.levels.values()])


def test_low_and_high_are_worded_apart() -> None:
    for wording in load_translations().values():
        told = [*wording.sentences.values(), *wording.levels.values()]
        assert len(set(told)) == len(told)


@pytest.mark.parametrize("code", CODES)
def test_claims_keep_their_ids_sides_and_numbers(
    recorded: RecordedRun, code: str
) -> None:
    english = recorded.record.verdict
    verdict, _ = run_graph(
        recorded_context(recorded, ReplayedCalls(recorded), explain_in=code)
    )
    assert len(verdict.claims) == len(english.claims) > 1
    for claim, own in zip(verdict.claims, english.claims, strict=True):
        assert (claim.cites, claim.supports) == (own.cites, own.supports)
        assert claim.text != own.text and numbers(claim.text) == numbers(own.text)
    assert english.label == verdict.label


def test_the_language_of_the_clip_is_taken_on_request(agent: EmotionAgent) -> None:
    clip = Clip.open(text=LINE, language="de")
    verdict = agent.analyze(clip, explain_in="clip")
    assert verdict.claims == agent.analyze(clip, explain_in="de").claims
    assert agent.analyze(text=LINE, explain_in="clip").claims[0].text.startswith("The")


def test_a_language_without_wording_gives_english_and_says_so(
    agent: EmotionAgent,
) -> None:
    verdict = agent.analyze(text=LINE, explain_in="sw")
    assert verdict.explanation == agent.analyze(text=LINE).explanation
    note = "explained in English: no wording in 'sw', only de, en, es, fr, pl"
    assert note in verdict.provenance.notes


def test_a_language_that_is_none_is_refused_in_one_line(agent: EmotionAgent) -> None:
    with pytest.raises(SettingError, match="language 'klingon' is unknown"):
        agent.analyze(text=LINE, explain_in="klingon")


def test_what_a_language_model_writes_is_not_shown_in_another_language(
    scripted: Callable[..., Any],
) -> None:
    model = scripted(json.dumps({"T1": "The words read as disgust, which is odd."}))
    verdict = EmotionAgent(llm=model).analyze(text=LINE, explain_in="pl")
    assert verdict.explanation_source == "template"
    assert verdict.claims and "treść słów" in verdict.explanation
    assert "which is odd" not in verdict.to_json()
    notes = str(verdict.provenance.notes)
    assert "what a language model writes is read in English only" in notes


def test_a_replay_explains_in_the_same_language(
    agent: EmotionAgent, tmp_path: Path
) -> None:
    verdict = agent.analyze(text=LINE, explain_in="es", record=tmp_path)
    assert "el texto" in verdict.explanation
    assert EmotionAgent.replay(tmp_path) == verdict
