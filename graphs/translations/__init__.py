"""Translations of the explanation: observations translated sentence by sentence.

The claim checker reads English only, so nothing is translated freely. Each `CODE.json`
translates every sentence that the senses of the package write; the numbers, quotations
and emotions in its slots are copied from the evidence. Any other sentence stays
English.

A slot is a letter and a digit: `n` a number, `q` a quotation, `e` a word for a basic
emotion, `p` one of the phrases.
"""

import re
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path

from affectgraph.tools.evidence import Frozen
from affectgraph.tools.language.vocabulary import to_basic

_FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{([neqp]\d)\}")
_SLOT_PATTERN = {
    "n": r"-?\d+(?:\.\d+)?",
    "q": r'"[^"]*"',
    "e": r"[a-z]+",
    "p": r"[A-Z][a-z ]+?",
}


class Translation(Frozen):
    """Translation of the observations that the senses write.

    Attributes:
        name: English name of the language.
        emotions: A noun for each basic emotion.
        phrases: Facial actions, by the English phrase.
        sentences: Sentences with slots, by the English sentence.
    """

    name: str
    emotions: dict[str, str]
    phrases: dict[str, str]
    sentences: dict[str, str]

    def translate(self, observation: str) -> str:
        """An observation in this language; empty if there is no translation."""
        for english, sentence in self.sentences.items():
            if match := _pattern(english).fullmatch(observation):
                slots = match.groupdict().items()
                values = {
                    slot: self._translate_slot(slot, text) for slot, text in slots
                }
                return sentence.format(**values) if all(values.values()) else ""
        return ""

    def _translate_slot(self, slot: str, text: str) -> str:
        if slot.startswith("e"):
            return self.emotions.get(to_basic(text) or "", "")
        return self.phrases.get(text, "") if slot.startswith("p") else text


@cache
def load_translations() -> dict[str, Translation]:
    """The translations that ship with the package, by language code."""
    return {
        file.stem: Translation.model_validate_json(file.read_text(encoding="utf-8"))
        for file in sorted(_FOLDER.glob("*.json"))
    }


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _SLOT.split(sentence)
    # `split` alternates text and slots.
    texts = (re.escape(text) for text in parts[::2])
    slots = (f"(?P<{slot}>{_SLOT_PATTERN[slot[0]]})" for slot in parts[1::2])
    pairs = zip_longest(texts, slots, fillvalue="")
    return re.compile("".join(chain.from_iterable(pairs)))
