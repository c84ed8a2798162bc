"""Text from anywhere, made fit to be shown."""


def plain(text: str) -> str:
    r"""The text in one line of printable characters, none of which steers a terminal.

    Examples:
        >>> plain("one\nline")
        'one line'
    """
    shown = (c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
    return " ".join("".join(shown).split())
