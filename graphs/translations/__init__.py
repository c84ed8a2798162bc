"""The explanation in other languages: observations put into them, slot by slot.

The checker of claims reads English only, so that nothing is translated freely. Each
`CODE.json` words every sentence that the senses of the package write, and the numbers,
quotations and emotions in its slots are those of the evidence. What a sentence of it
does not word stays English.

Slots are a letter and a number: `n` a number, `q` a quotation, `e` a word for a basic
emotion, `p` one of the phrases.
"""

import re
from functools import cache
from pathlib import Path

from affectgraph.tools.evidence import Frozen
from affectgraph.tools.language.vocabulary import to_basic

_FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{([neqp]\d)\}")
_FILLING = {
    "n": r"-?\d+(?:\.\d+)?",
    "q": r'"[^"]*"',
    "e": r"[a-z]+",
    "p": r"[A-Z][a-z ]+?",
}


class Wording(Frozen):
    """How a language words what the senses say.

    Attributes:
        name: Of the language, in English.
        emotions: A noun for each basic emotion.
        phrases: What the face does, by its English words.
        sentences: Sentences with slots, by the English ones.
    """

    name: str
    emotions: dict[str, str]
    phrases: dict[str, str]
    sentences: dict[str, str]

    def worded(self, observation: str) -> str:
        """An observation in this language; empty if no sentence here words it."""
        for english, sentence in self.sentences.items():
            if found := _pattern(english).fullmatch(observation):
                slots = found.groupdict().items()
                told = {slot: self._filled(slot, text) for slot, text in slots}
                return sentence.format(**told) if all(told.values()) else ""
        return ""

    def _filled(self, slot: str, text: str) -> str:
        if slot.startswith("e"):
            return self.emotions.get(to_basic(text) or "", "")
        return self.phrases.get(text, "") if slot.startswith("p") else text


@cache
def wordings() -> dict[str, Wording]:
    """The languages that there are beside English, by their codes."""
    return {
        file.stem: Wording.model_validate_json(file.read_text(encoding="utf-8"))
        for file in sorted(_FOLDER.glob("*.json"))
    }


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _SLOT.split(sentence)
    for place in range(0, len(parts), 2):
        parts[place] = re.escape(parts[place])
    for place in range(1, len(parts), 2):
        slot = parts[place]
        parts[place] = f"(?P<{slot}>{_FILLING[slot[0]]})"
    return re.compile("".join(parts))
