"""Plain words for what the network cannot read: emoji, hashtags, stretched words.

Emoji become words of our table, and those that are not in it their Unicode names.
"""

import json
import re
import unicodedata
from collections.abc import Container
from functools import cache
from pathlib import Path

SARCASM_MARK = re.compile(r"(?<!\S)/s(?!\S)\s*$", re.IGNORECASE)

_MEANINGS_FILE = Path(__file__).with_name("emoji_meanings.json")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_SAME_EMOJI = re.compile(rf"({_EMOJI.pattern})(?:\s*\1)+")
# Joiners, skin tones, sexes and the letters of flags add nothing that is felt.
_MODIFIERS = re.compile(
    "[\u200d\ufe0e\ufe0f\u2640\u2642\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff]"
)
# Parts of Unicode names that say how a symbol is drawn, not what it means.
_DRAWING = re.compile(r"\b(heavy|black|white|with|sign|symbol)\b")
_HASHTAG = re.compile(r"#(?=[^\W\d])(\w+)")
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_STRETCHED = re.compile(r"\b\w*?([^\W\d_])\1\1\w*\b")
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_MIN_SHOUTED_LETTERS = 4
_MIN_CAPITALS = 0.7


def spell_out(text: str, vocabulary: Container[str] = ()) -> str:
    r"""Write a text in plain words.

    Args:
        text: As it was written.
        vocabulary: Known lower-case words; a stretched word becomes a known one.

    Examples:
        >>> spell_out("No \U0001f62d\U0001f62d /s")
        'No crying, so sad'
        >>> spell_out("I am sooo cooool #SoHappy", {"so", "cool"})
        'I am so cool So Happy'
    """
    text = SARCASM_MARK.sub("", text)
    text = _HASHTAG.sub(lambda tag: _WORD_START.sub(" ", tag[1]), text)
    text = _STRETCHED.sub(lambda word: _shorten(word[0], vocabulary), text)
    text = _SAME_EMOJI.sub(r"\1", _MODIFIERS.sub("", text))
    text = _EMOJI.sub(lambda emoji: f" {emoji_meaning(emoji[0])} ", text)
    return " ".join(text.split())


def is_shouted(text: str) -> bool:
    """Whether most letters are capitals, and there are at least four.

    Examples:
        >>> is_shouted("GET OUT!"), is_shouted("OK"), is_shouted("I met NASA people.")
        (True, False, False)
    """
    letters = [c for c in text if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    return capitals >= max(_MIN_SHOUTED_LETTERS, _MIN_CAPITALS * len(letters))


@cache
def emoji_meaning(emoji: str) -> str:
    r"""What an emoji means, in lower-case words.

    Examples:
        >>> emoji_meaning("\U0001f621"), emoji_meaning("\U0001f436")
        ('angry', 'dog face')
    """
    if emoji in _meanings():
        return _meanings()[emoji]
    name = unicodedata.name(emoji, "").lower().replace("-", " ")
    return " ".join(_DRAWING.sub(" ", name).split())


def find_emoji(text: str) -> list[str]:
    """The emoji of a text, in order, each once."""
    return list(dict.fromkeys(_EMOJI.findall(_MODIFIERS.sub("", text))))


@cache
def _meanings() -> dict[str, str]:
    groups: dict[str, str] = json.loads(_MEANINGS_FILE.read_text(encoding="utf-8"))
    return {emoji: meaning for meaning, row in groups.items() for emoji in row}


def _shorten(word: str, vocabulary: Container[str]) -> str:
    """Undo stretching: `soooo` is so, `cooool` is cool."""
    double, single = (
        _REPEATED_LETTER.sub(letters, word) for letters in (r"\1\1", r"\1")
    )
    return double if double.lower() in vocabulary else single
