"""The text of a clip: checked, and read from a file."""

from pathlib import Path

from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.errors import ClipNotFoundError, EmptyClipError, NotMediaError


def resolve_text(text: object, source: Path | str | None, limits: Limits) -> str | None:
    """The text given, or else the one of the source; None if there is neither.

    Args:
        text: The text given, to be checked.
        source: A text file, or a text.
        limits: Limits of the clip.

    Raises:
        ClipError: If the text is empty, too long or not Unicode, or the file cannot be
            read.
    """
    if source is not None and not text:
        text = _read_text(source, limits) if isinstance(source, Path) else source
    return _checked_text(text, limits)


def _read_text(path: Path, limits: Limits) -> str:
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open(encoding="utf-8") as file:
            # One character more than allowed, so that the length check fails.
            return file.read(limits.characters + 1)
    except OSError as error:
        raise ClipNotFoundError(f"{path}: not found; name a text file") from error
    except UnicodeDecodeError as error:
        raise NotMediaError(f"{path}: not UTF-8 text") from error


def _checked_text(text: object, limits: Limits) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise NotMediaError(f"text: a {type(text).__name__}; pass the words as str")
    limits.check_text(text)
    if not text.strip():
        raise EmptyClipError("text: empty; leave it out or pass words")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotMediaError("text: not Unicode; pass it as UTF-8") from error
    return text
