"""What is never said of a person: health, traits, deception.

What somebody expresses is no evidence of these, and to infer them would be another,
graver use. They may come in, as labels of others or in a description, and are read as
the emotion they go with; they never come out.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from affectgraph.tools.language.vocabulary import base_forms, to_basic

_WORDS = Path(__file__).with_suffix(".json")
# What lies somewhere, as a measurement does, deceives nobody.
_PLACED = re.compile(r"\blying (?=above|at|below|between|far|near|outside|within)\b")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def forbidden_topic(text: str) -> str:
    """Of what a text speaks that is never said of a person; empty if of nothing.

    Examples:
        >>> unsaid("a depressed tone"), unsaid("She is a liar."), unsaid("a sad tone")
        ('health', 'deception', '')
    """
    for whole in _WORD.findall(_PLACED.sub("", text.lower())):
        for word in (whole, *whole.split("-")):
            for form in base_forms(word):
                if form in _kinds():
                    return _kinds()[form]
    return ""


def replace_forbidden(words: Iterable[str]) -> list[str]:
    """The words, with a basic emotion in place of what is never said.

    Examples:
        >>> sayable(["gloomy", "depressed", "psychopath"])
        ['gloomy', 'sad']
    """
    told = [to_basic(word) if forbidden_topic(word) else word for word in words]
    return [word for word in told if word]


@cache
def _kinds() -> dict[str, str]:
    lists: dict[str, list[str]] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return {word: kind for kind, words in lists.items() for word in words}
