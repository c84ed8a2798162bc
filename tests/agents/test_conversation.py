"""Who says what, and how: a conversation is answered utterance by utterance."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from affectgraph.agents import EmotionAgent
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import SettingError

RATE = 16_000
PAUSE = np.zeros(RATE // 2, dtype=np.float32)
Voices = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def agent() -> EmotionAgent:
    return EmotionAgent(llm=None, tools=["prosody", "transcript"])


@pytest.fixture(scope="module")
def sound(voices: Voices) -> np.ndarray:
    low, high = voices
    return np.concatenate([low, PAUSE, high, PAUSE, low, PAUSE, high, PAUSE, low])


@pytest.fixture(scope="module")
def conversation(agent: EmotionAgent, sound: np.ndarray) -> Verdict:
    return agent.analyze(sound, sampling_rate=RATE)


@pytest.mark.slow
def test_people_take_turns(conversation: Verdict, voices: Voices) -> None:
    people = [utterance.person for utterance in conversation.utterances]
    turns = people[:1] + [b for a, b in pairwise(people) if a != b]
    assert turns == ["A", "B", "A", "B", "A"]
    change = (len(voices[0]) + len(PAUSE)) / RATE
    first = next(u for u in conversation.utterances if u.person == "B")
    assert first.start == pytest.approx(change, abs=0.3)


@pytest.mark.slow
def test_each_utterance_has_an_answer_of_its_own_evidence(
    conversation: Verdict,
) -> None:
    evidence = {piece.id: piece for piece in conversation.evidence}
    for utterance in conversation.utterances:
        assert sum(utterance.distribution.values()) == pytest.approx(1.0)
        assert utterance.label in (None, *utterance.prediction_set)
        pieces = [evidence[name] for name in utterance.evidence]
        assert {"prosody"} <= {piece.modality for piece in pieces}
        for piece in pieces:
            assert utterance.start - 0.5 <= piece.span.start
            assert piece.span.end <= utterance.end + 0.5
    used = [name for u in conversation.utterances for name in u.evidence]
    assert len(used) == len(set(used))


@pytest.mark.slow
def test_words_belong_to_who_says_them(agent: EmotionAgent, voices: Voices) -> None:
    low, high = voices
    sound = np.concatenate([low, PAUSE, PAUSE, high])
    verdict = agent.analyze(sound, sampling_rate=RATE, people=2)
    spoken = [u for u in verdict.utterances if u.words]
    assert {utterance.person for utterance in spoken} == {"A", "B"}
    for utterance in spoken:
        for word in utterance.words:
            assert utterance.start - 0.5 <= word.span.middle <= utterance.end + 0.5


@pytest.mark.slow
def test_a_short_clip_is_cut_only_if_the_number_of_people_is_given(
    agent: EmotionAgent, voices: Voices
) -> None:
    assert agent.analyze(voices[0], sampling_rate=RATE).utterances == ()
    one = agent.analyze(voices[0], sampling_rate=RATE, people=1)
    assert {utterance.person for utterance in one.utterances} == {"A"}


@pytest.mark.slow
def test_a_recorded_conversation_is_replayed(
    agent: EmotionAgent, sound: np.ndarray, tmp_path: Path
) -> None:
    verdict = agent.analyze(sound, sampling_rate=RATE, people=2, record=tmp_path)
    assert EmotionAgent.replay(tmp_path) == verdict


@pytest.mark.slow
def test_utterances_are_saved(conversation: Verdict, tmp_path: Path) -> None:
    import webvtt

    captions = webvtt.read(conversation.save(tmp_path / "talk.vtt"))
    assert len(captions) == len(conversation.utterances)
    assert [caption.voice for caption in captions] == [
        utterance.person for utterance in conversation.utterances
    ]


def test_a_text_has_no_utterances_to_save(tmp_path: Path) -> None:
    verdict = EmotionAgent(llm=None).analyze(text="Hello there.")
    with pytest.raises(SettingError, match="utterances"):
        verdict.save(tmp_path / "talk.vtt")


@pytest.mark.parametrize("people", [0, 27, "two", True])
def test_people_must_be_a_number_of_people(agent: EmotionAgent, people: object) -> None:
    with pytest.raises(SettingError, match="people"):
        agent.analyze(np.zeros(RATE, np.float32), sampling_rate=RATE, people=people)  # type: ignore[arg-type]


@pytest.mark.slow
def test_people_have_the_names_that_the_user_gives(
    agent: EmotionAgent, sound: np.ndarray, tmp_path: Path
) -> None:
    names = {"A": "Anna", "B": "Ben"}
    verdict = agent.analyze(
        sound, sampling_rate=RATE, people=2, names=names, record=tmp_path
    )
    assert {u.person for u in verdict.utterances} == {"Anna", "Ben"}
    assert EmotionAgent.replay(tmp_path) == verdict


@pytest.mark.slow
@pytest.mark.parametrize("person", ["B", "b", "Ben"])
def test_a_verdict_can_be_about_one_person(
    agent: EmotionAgent, sound: np.ndarray, person: str
) -> None:
    verdict = agent.analyze(
        sound, sampling_rate=RATE, people=2, names={"B": "Ben"}, person=person
    )
    assert {u.person for u in verdict.utterances} == {"Ben"}
    own = {name for u in verdict.utterances for name in u.evidence}
    assert own == {piece.id for piece in verdict.evidence}


@pytest.mark.slow
def test_a_person_who_does_not_speak_is_an_error(
    agent: EmotionAgent, sound: np.ndarray
) -> None:
    with pytest.raises(SettingError, match=r"'C'.*A, B"):
        agent.analyze(sound, sampling_rate=RATE, people=2, person="C")


@pytest.mark.parametrize("names", [{"A": " "}, {"A": "Anna", "B": "Anna"}])
def test_each_person_has_a_name_of_its_own(
    agent: EmotionAgent, names: dict[str, str]
) -> None:
    with pytest.raises(SettingError, match="names"):
        agent.analyze(np.zeros(RATE, np.float32), sampling_rate=RATE, names=names)
