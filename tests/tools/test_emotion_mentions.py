import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.language.emotion_mentions import emotion_words, same_word
from affectgraph.tools.language.vocabulary import to_basic


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("She looks worried, then relieved.", ["worried", "relieved"]),
        ("Angry, angrier, and angry again", ["angry", "angrier", "angry"]),
        ("The man is not happy but disappointed.", ["disappointed"]),
        ("He isn't really angry; he is sad.", ["sad"]),
        ("A voice without any fear, calm", ["calm"]),
        ("No, she is sad", ["sad"]),
        ("It lacks all joy", []),
        ('He says: "I am so happy!" in a bitter tone', ["bitter"]),
        ("the content of a kind of low, quiet talk", []),
        ("He smiles, laughing, and she cries", []),
        ("He doesn\u2019t seem angry", []),
        ("A table with three legs", []),
        ("", []),
    ],
)
def test_words_are_found_where_they_name_an_emotion(
    text: str, words: list[str]
) -> None:
    assert emotion_words(text) == words


@given(st.text(max_size=200))
def test_whatever_is_found_stands_in_the_text_and_belongs_to_a_family(
    text: str,
) -> None:
    for word in emotion_words(text):
        assert word in text.lower().replace("\u2019", "'") and to_basic(word)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("happy", "happiness", True),
        ("sad", "sadness", True),
        ("anger", "angry", True),
        ("furious", "fury", True),
        ("hopeful", "hopeless", False),
        ("concerned", "confused", False),
        ("angry", "annoyed", False),
    ],
)
def test_forms_of_one_word(one: str, other: str, same: bool) -> None:
    assert same_word(one, other) == same_word(other, one) == same
