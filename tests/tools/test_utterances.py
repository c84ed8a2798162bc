"""How speech is cut into utterances."""

from collections.abc import Callable
from pathlib import Path

import pytest

from affectgraph.tools.clip import Clip
from affectgraph.tools.diarization import SpeakerTurn
from affectgraph.tools.evidence import Span
from affectgraph.tools.transcript.utterances import (
    MAX_PAUSE,
    MAX_SECONDS,
    cut_utterances,
    find_silences,
    find_utterances,
)
from affectgraph.tools.transcript.words import Word


def turn(person: str, start: float, end: float) -> SpeakerTurn:
    return SpeakerTurn(person=person, span=Span(start=start, end=end))


def words(text: str, start: float, each: float = 0.5) -> list[Word]:
    return [
        Word(text=word, span=Span(start=start + n * each, end=start + (n + 1) * each))
        for n, word in enumerate(text.split())
    ]


def times(turns: list[SpeakerTurn], said: list[Word] | None = None) -> list[tuple]:
    utterances = cut_utterances(turns, said or [])
    return [(u.person, u.span.start, u.span.end) for u in utterances]


def test_nobody_speaks() -> None:
    assert cut_utterances([], words("ghost", 1.0)) == ()


def test_a_short_pause_is_part_of_an_utterance_and_a_long_one_ends_it() -> None:
    short = [turn("A", 0, 2), turn("A", 2 + MAX_PAUSE / 2, 4)]
    long = [turn("A", 0, 2), turn("A", 2 + 2 * MAX_PAUSE, 5)]
    assert times(short) == [("A", 0, 4)]
    assert times(long) == [("A", 0, 2), ("A", 2 + 2 * MAX_PAUSE, 5)]


def test_an_answer_in_a_short_pause_ends_an_utterance() -> None:
    turns = [turn("A", 0, 2), turn("B", 2.1, 2.4), turn("A", 2.5, 4)]
    assert times(turns) == [("A", 0, 2), ("B", 2.1, 2.4), ("A", 2.5, 4)]


def test_somebody_who_talks_over_does_not_end_an_utterance() -> None:
    turns = [turn("A", 0, 2), turn("B", 1, 3), turn("A", 2.3, 4)]
    assert times(turns) == [("A", 0, 4), ("B", 1, 3)]


def test_a_word_belongs_to_the_turn_that_it_overlaps_most() -> None:
    turns = [turn("A", 0, 1.6), turn("B", 1.5, 3)]
    one, other = cut_utterances(turns, words("are you sure yes I am", 0.0))
    assert [w.text for w in one.words] == ["are", "you", "sure"]
    assert [w.text for w in other.words] == ["yes", "I", "am"]


def test_a_word_outside_every_turn_belongs_to_the_nearest() -> None:
    turns = [turn("A", 0, 1), turn("B", 5, 6)]
    one, other = cut_utterances(turns, words("late", 1.2) + words("early", 4.4))
    assert [w.text for w in one.words] == ["late"]
    assert [w.text for w in other.words] == ["early"]


def test_long_speech_is_cut_at_the_end_of_a_sentence() -> None:
    said = words("one " * 13 + "end. " + "two " * 14, 0.0)
    first, second = cut_utterances([turn("A", 0, 14)], said)
    assert first.words[-1].text == "end."
    assert first.span.end == second.span.start == pytest.approx(7.0)
    assert second.span.seconds <= MAX_SECONDS


def test_long_speech_without_words_is_cut_at_its_longest_pauses() -> None:
    turns = [turn("A", 0, 6), turn("A", 6.6, 9), turn("A", 9.3, 14)]
    assert times(turns) == [("A", 0, 6.3), ("A", 6.3, 14)]


def test_no_word_is_lost_and_none_is_said_twice() -> None:
    said = words("a b. c d e f! g h " * 12, 0.0)
    turns = [turn("A", 0, 20), turn("B", 20.5, 30), turn("A", 31, 48)]
    utterances = cut_utterances(turns, said)
    assert sorted(w.span.start for u in utterances for w in u.words) == [
        w.span.start for w in said
    ]


def test_longer_silences_are_stretches_of_nobody() -> None:
    spoken = cut_utterances([turn("A", 2, 4), turn("B", 4.5, 6)])
    silent = list(find_silences(spoken, Span(start=0, end=70)))
    assert {stretch.person for stretch in silent} == {""}
    assert silent[0].span == Span(start=0, end=2)
    assert silent[1].span.start == 6 and silent[-1].span.end == 70
    assert all(stretch.span.seconds <= 30 for stretch in silent)


@pytest.mark.slow
def test_a_film_of_silence_is_nobody_who_speaks(video: Callable[..., Path]) -> None:
    clip = Clip.open(video("hum.mp4", seconds=3))
    (stretch,) = find_utterances(clip)
    assert (stretch.person, stretch.words, stretch.span) == ("", (), clip.span)
