"""Wordings of the explanation: templates of its claims in five languages.

Each `CODE.json` words the same statements; numbers and quotations are copied.
"""

from functools import cache
from pathlib import Path

from affectgraph.tools.evidence import Frozen

_FOLDER = Path(__file__).parent


class Translation(Frozen):
    """The wording of claims in one language.

    Attributes:
        name: English name of the language.
        emotions: A word for each basic emotion.
        experts: A noun, with its article, for each expert.
        without: The same after "without".
        levels: Phrase of a measurement and its direction, such as `pitch high`.
        sentences: Templates of sentences and of their parts.
    """

    name: str
    emotions: dict[str, str]
    experts: dict[str, str]
    without: dict[str, str]
    levels: dict[str, str]
    sentences: dict[str, str]

    def fill(self, name: str, **values: str) -> str:
        """A template with its slots filled."""
        return self.sentences[name].format(**values)

    def join(self, parts: list[str]) -> str:
        """Parts as a list in prose: `a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return self.fill("and", first=", ".join(parts[:-1]), last=parts[-1])

    def expert(self, name: str) -> str:
        """The noun of an expert; the name of one that a plug-in adds."""
        return self.experts.get(name, name)


@cache
def load_translations() -> dict[str, Translation]:
    """The wordings that ship with the package, by language code."""
    return {
        file.stem: Translation.model_validate_json(file.read_text(encoding="utf-8"))
        for file in sorted(_FOLDER.glob("*.json"))
    }
