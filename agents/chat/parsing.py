"""Splits a line into a command and its arguments, or a question."""


def parse_line(line: str) -> tuple[str, str]:
    r"""Split a line into its command and the rest; a question has no command.

    Any white space separates words and counts as one blank.

    Example:
        >>> parse_line("/save\tverdict.json"), parse_line(" why  not\nsad? ")
        (('/save', 'verdict.json'), ('', 'why not sad?'))
    """
    text = " ".join(line.split())
    if not text.startswith("/"):
        return "", text
    command, _, rest = text.partition(" ")
    return command, rest


def normalize_line(line: str) -> str:
    """The line with single blanks between its words."""
    return " ".join(filter(None, parse_line(line)))
