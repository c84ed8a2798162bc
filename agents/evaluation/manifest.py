"""The manifest: which clips to evaluate on, and what each is labelled."""

import csv
from pathlib import Path

from affectgraph.tools.clip.language import ENGLISH, checked_language
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.vocabulary import to_basic

_COLUMNS = {"path", "text", "label", "speaker", "dialogue", "turn", "language"}


class Row(Frozen):
    """One labelled clip.

    Attributes:
        number: Line of the manifest, the header being line 1.
        path: The file; None for a bare text.
        text: The words, where they are given.
        label: One of the basic emotions.
        speaker: Who speaks; clips of one speaker are resampled together.
        dialogue: Which conversation it is from; likewise, where no speaker is given.
        turn: Place in the dialogue.
        language: Of the words; what is not English is translated from the sound.
    """

    number: int
    path: Path | None
    text: str | None
    label: str
    speaker: str = ""
    dialogue: str = ""
    turn: int = 0
    language: str = ENGLISH

    @property
    def group(self) -> str:
        """What it is resampled with."""
        return self.speaker or self.dialogue or str(self.number)


def read_manifest(manifest: Path, limit: int | None = None) -> list[Row]:
    """Read a manifest; paths are relative to its folder.

    Raises:
        SettingError: If it cannot be read, lacks a column, or has a label that is no
            emotion we know; the message names the row.
    """
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            columns = set(table.fieldnames or [])
            _check_columns(manifest, columns)
            rows = [
                _row(manifest, number, cells) for number, cells in enumerate(table, 2)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingError(f"{manifest}: cannot be read ({reason})") from error
    if not rows:
        raise SettingError(f"{manifest}: has no rows below its header")
    return rows[:limit]


def _check_columns(manifest: Path, columns: set[str]) -> None:
    if "label" not in columns or not columns & {"path", "text"}:
        raise SettingError(f"{manifest}: needs the columns label, and path or text")
    if strange := columns - _COLUMNS:
        raise SettingError(
            f"{manifest}: column {sorted(strange)[0]!r} is unknown; "
            f"there are {', '.join(sorted(_COLUMNS))}"
        )


def _row(manifest: Path, number: int, cells: dict[str, str | None]) -> Row:
    values = {name: (value or "").strip() for name, value in cells.items() if name}
    label = _label(values["label"])
    if label is None:
        raise SettingError(
            f"{manifest}: row {number}: label {values['label']!r} is none of "
            f"{', '.join(BASIC_EMOTIONS)}, nor a word for one"
        )
    path, text = values.get("path", ""), values.get("text", "")
    if not path and not text:
        raise SettingError(f"{manifest}: row {number}: has neither path nor text")
    turn = values.get("turn", "") or "0"
    if not turn.lstrip("-").isdigit():
        raise SettingError(f"{manifest}: row {number}: turn {turn!r} is no number")
    return Row(
        number=number,
        path=manifest.parent / path if path else None,
        text=text or None,
        label=label,
        speaker=values.get("speaker", ""),
        dialogue=values.get("dialogue", ""),
        turn=int(turn),
        language=_language(manifest, number, values.get("language", "")),
    )


def _language(manifest: Path, number: int, named: str) -> str:
    try:
        return checked_language(named or ENGLISH)
    except SettingError as error:
        raise SettingError(f"{manifest}: row {number}: {error}") from None


def _label(word: str) -> str | None:
    return word if word in BASIC_EMOTIONS else to_basic(word)
