"""Make text from elsewhere safe to show: it must not control a terminal."""

from pathlib import Path
from unicodedata import category

# Control, format (such as bidirectional overrides), surrogate, line, paragraph.
_CONTROL_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Line feed, tab, and the joiners of letters and emoji.
_HARMLESS = "\n\t\u200c\u200d"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def sanitize_text(text: str) -> str:
    r"""The text as one line of printable characters.

    Examples:
        >>> sanitize_text("one\nline")
        'one line'
    """
    printable = (c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
    return " ".join("".join(printable).split())


class _Escapes(dict[int, str]):
    """Replacement of each character by its code point, computed on first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if category(character) in _CONTROL_CATEGORIES and character not in _HARMLESS:
            units = character.encode("utf-16-be", "surrogatepass").hex(" ", 2)
            character = "\\u" + units.replace(" ", "\\u")
        self[code] = character
        return character


_ESCAPES = _Escapes()


def escape_controls(text: str) -> str:
    r"""Replace characters that can control a terminal by their JSON escapes.

    JSON keeps its meaning, as it has such characters in strings only.

    Example:
        >>> escape_controls("\x1b[31mred")
        '\\u001b[31mred'
    """
    return text.translate(_ESCAPES)


def printable_path(path: Path) -> str:
    """Return a path as text; bytes that are no UTF-8 are escaped."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def escape_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    Example:
        >>> escape_formula("=1+1"), escape_formula("sad")
        ("'=1+1", 'sad')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
