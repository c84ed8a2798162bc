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
SLOT = re.compile(r"\{\w\d\}")
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


@pytest.fixture(scope="module")
def observations(agent: EmotionAgent, recorded: RecordedRun) -> list[str]:
    """What the senses of the package say of a few clips, and could say of others."""
    verdicts = [recorded.record.verdict, agent.analyze(text=LINE)]
    told = [piece.observation for v in verdicts for piece in v.evidence]
    for rule in RULES:
        for words in filter(None, (rule.above, rule.below)):
            told += [f"{words}.", f"{words} from 0.8 s to 2.1 s, strongest at 1.4 s."]
    for value in (-1.0, 0.5, 9.0):
        measured = {
            name: Measurement(value=value, unit=unit, low=0.0, high=1.0)
            for name, unit in UNITS.items()
        }
        told += [
            f.observation for f in describe_unusual(Span(start=0, end=1), measured)
        ]
    return told


@pytest.mark.parametrize("code", CODES)
def test_a_language_words_every_sentence_of_the_senses(
    code: str, observations: list[str]
) -> None:
    for sentence in observations:
        worded = load_translations()[code].translate(sentence)
        assert worded and worded != sentence, sentence
        assert numbers(worded) == numbers(sentence)
        assert re.findall(r'"[^"]*"', worded) == re.findall(r'"[^"]*"', sentence)


def test_all_languages_word_the_same_sentences_with_the_same_slots() -> None:
    assert tuple(load_translations()) == CODES
    first, *others = load_translations().values()
    assert set(first.emotions) == set(BASIC_EMOTIONS)
    phrases = {words for rule in RULES for words in (rule.above, rule.below) if words}
    assert set(first.phrases) == phrases
    for wording in (first, *others):
        assert wording.sentences.keys() == first.sentences.keys()
        assert wording.phrases.keys() == first.phrases.keys()
        assert wording.emotions.keys() == first.emotions.keys()
        assert all([*wording.emotions.values(), *wording.phrases.values()])
        for english, sentence in wording.sentences.items():
            assert sorted(SLOT.findall(english)) == sorted(SLOT.findall(sentence))


def test_low_and_high_are_worded_apart() -> None:
    for wording in load_translations().values():
        told = [*wording.sentences.values(), *wording.phrases.values()]
        assert len(set(told)) == len(told)


def test_what_no_sentence_words_is_left_alone() -> None:
    german = load_translations()["de"]
    assert german.translate("Hands rest.") == ""
    assert german.translate("The cropped face is nearest to gladness42 (0.50).") == ""
    assert german.translate('The words "a" negate. The words "b" negate.') == ""


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
    assert any("checked in English only" in n for n in verdict.provenance.notes)


def test_the_language_of_the_clip_is_taken_on_request(agent: EmotionAgent) -> None:
    clip = Clip.open(text=LINE, language="de")
    verdict = agent.analyze(clip, explain_in="clip")
    assert any(n.startswith("explained in German") for n in verdict.provenance.notes)
    assert agent.analyze(text=LINE, explain_in="clip").claims[0].text.startswith("The")


def test_a_language_without_wording_gives_english_and_says_so(
    agent: EmotionAgent,
) -> None:
    verdict = agent.analyze(text=LINE, explain_in="sw")
    assert verdict.explanation == agent.analyze(text=LINE).explanation
    note = "explained in English: no wording in 'sw', only en, de, es, fr, pl"
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
    assert verdict.claims and "W słowach" in verdict.explanation
    asked = str([m[-1].content for m in model.history])
    assert "one sentence" not in asked and "which is odd" not in verdict.to_json()


def test_a_replay_explains_in_the_same_language(
    agent: EmotionAgent, tmp_path: Path
) -> None:
    verdict = agent.analyze(text=LINE, explain_in="es", record=tmp_path)
    assert "Las palabras" in verdict.explanation
    assert EmotionAgent.replay(tmp_path) == verdict
