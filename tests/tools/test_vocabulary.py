import pytest

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.language.vocabulary import to_basic, words_of


@pytest.mark.parametrize("emotion", BASIC_EMOTIONS)
def test_the_basic_emotions_are_words_of_their_own_family(emotion: str) -> None:
    assert to_basic(emotion) == emotion


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("calm", "neutral"),
        ("Joyful", "happy"),
        ("  GRATITUDE ", "happy"),
        ("hopefully", "happy"),
        ("grieving", "sad"),
        ("disappointments", "sad"),
        ("sobbed", "sad"),
        ("angrily", "angry"),
        ("mildly irritated", "angry"),
        ("worries", "fear"),
        ("uneasiness", "fear"),
        ("taken aback", "surprise"),
        ("amazingly", "surprise"),
        ("contemptuously", "disgust"),
    ],
)
def test_inflections_case_and_phrases(word: str, emotion: str) -> None:
    assert to_basic(word) == emotion


@pytest.mark.parametrize("word", ["", "table", "not happy", "without fear", "42", "!"])
def test_no_guess_where_a_word_belongs_to_no_family(word: str) -> None:
    assert to_basic(word) is None


def test_the_28_words_of_the_transcript_network_are_all_known() -> None:
    words = (
        "admiration amusement anger annoyance approval caring confusion curiosity "
        "desire disappointment disapproval disgust embarrassment excitement fear "
        "gratitude grief joy love nervousness optimism pride realization relief "
        "remorse sadness surprise neutral"
    )
    assert all(to_basic(word) for word in words.split())


def test_no_word_is_in_two_families() -> None:
    listed = [word for emotion in BASIC_EMOTIONS for word in words_of(emotion)]
    assert len(listed) == len(set(listed)) > 400


def test_words_are_sorted_within_a_family() -> None:
    for emotion in BASIC_EMOTIONS:
        assert list(words_of(emotion)) == sorted(words_of(emotion))
    assert words_of("angst") == ()
