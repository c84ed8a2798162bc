"""Emotion wheels: from a label in any form to its group on each wheel."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from affectgraph.tools.errors import SettingError, first_problem
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.reading import read_text
from affectgraph.tools.language.vocabulary import to_basic

Forms = Literal["2025", "2026"]
Level = Literal["level1", "level2"]

NEUTRAL = "neutral"
_FORMS_FILE: dict[Forms, str] = {"2025": "format_2025.json", "2026": "format.json"}
_SHIPPED = Path(__file__).parent / "wheels"
_Words = dict[str, list[str]]
_Rings = dict[str, dict[Level, dict[str, str]]]


class Wheels(Frozen):
    """Emotion wheels, and the words that lead to them.

    Attributes:
        forms: A written form to the words that it is a form of.
        synonyms: Each of these words to words on the wheels.
        rings: Wheel to level to word to its group; `level1` is the innermost ring.
    """

    forms: _Words
    synonyms: _Words
    rings: _Rings

    @property
    def names(self) -> tuple[str, ...]:
        """The wheels, in their order."""
        return tuple(self.rings)

    @cached_property
    def _candidates(self) -> dict[str, list[str]]:
        return {
            form: sorted({n for word in words for n in self.synonyms.get(word, ())})
            for form, words in self.forms.items()
        }

    def group(
        self, label: str, wheel: str, level: Level = "level1", *, neutral: bool = False
    ) -> str | None:
        """Find the group of a label on a wheel.

        As in the scripts of MER-UniBench, the words that the label leads to are tried
        in alphabetical order. The first that is on the wheel decides, even if the label
        itself is on the wheel.

        Args:
            label: Lower-case.
            wheel: Name of the wheel.
            level: Ring of the wheel.
            neutral: Make a group of neutral words that are not on the wheel.

        Returns:
            The group; None if the label has none on this wheel.
        """
        ring = self.rings[wheel][level]
        for word in self._candidates.get(label, ()):
            if word in ring:
                return ring[word]
        return NEUTRAL if neutral and to_basic(label) == NEUTRAL else None


def read_wheels(folder: AnyPath, forms: Forms = "2026") -> Wheels:
    """Read wheels from a folder.

    Args:
        folder: Contains `wheels.json`, `synonyms.json` and the forms: `format.json` of
            2026, `format_2025.json` of 2025.
        forms: Version of the forms; published figures of MER-UniBench used 2025.
    """
    folder = checked_path("wheels", folder)
    if not folder.is_dir():
        raise SettingError(f"{folder}: no folder; --wheels takes a folder of wheels")
    rings = _read(folder / "wheels.json", TypeAdapter(_Rings))
    if not rings or any("level1" not in levels for levels in rings.values()):
        raise SettingError(f"{folder / 'wheels.json'}: a wheel has no level1")
    return Wheels(
        forms=_read(folder / _FORMS_FILE[forms], TypeAdapter(_Words)),
        synonyms=_read(folder / "synonyms.json", TypeAdapter(_Words)),
        rings=rings,
    )


def shipped_wheels() -> Wheels:
    """Read the wheels of the package; see the card in their folder."""
    return read_wheels(_SHIPPED)


def _read(file: Path, kind: TypeAdapter[Any]) -> Any:
    try:
        return kind.validate_python(json.loads(read_text(file, SettingError)))
    except ValidationError as error:
        problem = first_problem(error, "")
        raise SettingError(f"{file}: is no mapping of words ({problem})") from error
    except (ValueError, RecursionError) as error:
        raise SettingError(f"{file}: is not JSON") from error
