"""Whether a text can be read at all, and why not."""

import re

from affectgraph.tools.transcript.encoding import load_encoder
from affectgraph.tools.transcript.spelling import find_emoji, spell_out

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# Of 4,100 English turns and comments 0.5 % have so few letters in known words; of
# keyboard noise nearly all has none, in pieces of one or two letters.
_MIN_KNOWN = 0.25
_MIN_PIECE = 2.3
_MIN_LETTERS = 4
_MIN_UNKNOWN_WORDS = 3
_INTERJECTIONS = frozenset(
    [
        "argh",
        "aww",
        "brr",
        "damnit",
        "eww",
        "goddammit",
        "grr",
        "hmm",
        "hmph",
        "mmm",
        "ohh",
        "ooh",
        "ow",
        "pff",
        "psst",
        "tsk",
        "ugh",
        "uhh",
        "whew",
        "woo",
        "yay",
        "yikes",
    ]
)


def unreadable_reason(text: str, *, check_words: bool = True) -> str:
    """Why a text says nothing that can be read; empty if it can be read.

    Args:
        text: The text.
        check_words: Whether to check its words against those of English; pointless if
            it is surely in another language.

    Examples:
        >>> unreadable_reason("...")
        'no words: only punctuation, digits or addresses'
    """
    words = _WORD.findall(spell_out(_ADDRESS.sub(" ", text)).lower())
    if not words and not find_emoji(text):
        return "no words: only punctuation, digits or addresses"
    return (
        "the words are in no known language" if check_words and _is_noise(words) else ""
    )


def _is_noise(words: list[str]) -> bool:
    """Whether hardly any letter belongs to a known word, and pieces of words are short.

    A single unknown name or interjection is no noise.
    """
    encoder = load_encoder()
    letters = sum(map(len, words))
    if letters < _MIN_LETTERS:
        return False
    known = sum(len(word) for word in words if _is_known(word))
    if known >= _MIN_KNOWN * letters:
        return False
    pieces = sum(encoder.count_pieces(word) for word in words)
    return letters < _MIN_PIECE * pieces or (
        known == 0 and len(words) >= _MIN_UNKNOWN_WORDS
    )


def _is_known(word: str) -> bool:
    encoder = load_encoder()
    return word in _INTERJECTIONS or all(
        encoder.is_word(part) for part in word.split("'")
    )
