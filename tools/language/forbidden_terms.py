"""Terms that are never said of a person: health, traits, deception.

Expressed affect is no evidence of these, and inferring them would be a different, more
harmful use. Input (labels of other data, descriptions) may contain such terms; they map
to the related basic emotion. Output never contains them.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from affectgraph.tools.language.vocabulary import base_forms, to_basic

_TERMS_FILE = Path(__file__).with_suffix(".json")
# "Lying above", of a measurement, is not deception.
_LOCATION = re.compile(r"\blying (?=above|at|below|between|far|near|outside|within)\b")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def forbidden_topic(text: str) -> str:
    """Topic of the first forbidden term in a text; empty if there is none.

    Examples:
        >>> texts = ["a depressed tone", "She is a liar.", "a sad tone"]
        >>> [forbidden_topic(text) for text in texts]
        ['health', 'deception', '']
    """
    for whole in _WORD.findall(_LOCATION.sub("", text.lower())):
        for word in (whole, *whole.split("-")):
            for form in base_forms(word):
                if form in _topics():
                    return _topics()[form]
    return ""


def replace_forbidden(words: Iterable[str]) -> list[str]:
    """Replace forbidden words with the related basic emotion, or drop them.

    Examples:
        >>> replace_forbidden(["gloomy", "depressed", "psychopath"])
        ['gloomy', 'sad']
    """
    allowed = [to_basic(word) if forbidden_topic(word) else word for word in words]
    return [word for word in allowed if word]


@cache
def _topics() -> dict[str, str]:
    lists: dict[str, list[str]] = json.loads(_TERMS_FILE.read_text(encoding="utf-8"))
    return {word: topic for topic, words in lists.items() for word in words}
