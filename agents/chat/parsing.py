"""How a line is read, by every door: a command and its arguments, or a question."""


def parse(line: str) -> tuple[str, str]:
    r"""Split a line into its command and the rest; a question has no command.

    White space of any kind separates words and counts as one blank.

    Example:
        >>> parse("/save\tverdict.json"), parse(" why  not\nsad? ")
        (('/save', 'verdict.json'), ('', 'why not sad?'))
    """
    text = " ".join(line.split())
    if not text.startswith("/"):
        return "", text
    command, _, rest = text.partition(" ")
    return command, rest


def normalized(line: str) -> str:
    """The line with single blanks between its words, as it is kept."""
    return " ".join(filter(None, parse(line)))
