"""Whether what is written is what the evidence holds: numbers, times, quotations."""

from collections.abc import Iterable

from affectgraph.graphs.claims.words import plain_words, quotations
from affectgraph.tools.evidence import Evidence, Span

# Seconds are written with one decimal.
SECONDS = 0.051
# Measurements of how a piece changes: the sign is the direction.
MOVES = ("pitch_move", "ending")
WITHOUT_WORDS = "probability of {} without"


def is_written(number: str | None, value: float | None) -> bool:
    """Whether a written number is this value, rounded to its decimals.

    Example:
        >>> is_written("0.8", 0.84), is_written("0.80", 0.84), is_written(None, 0.84)
        (True, False, True)
    """
    if number is None:
        return True
    if value is None:
        return False
    half_unit = 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-9
    return abs(float(number) - value) <= half_unit


def votes_of(cited: Iterable[Evidence], sense: str) -> list[Evidence]:
    """The cited votes of a sense."""
    return [p for p in cited if p.modality == sense and p.distribution is not None]


def quotes(piece: Evidence, words: str, *, whole: bool = False) -> bool:
    """Whether a piece quotes these words, within or as a whole quotation."""
    wanted = f" {plain_words(words)} "
    for quotation in quotations(piece.observation):
        quoted = f" {plain_words(quotation)} "
        if wanted == quoted or (not whole and wanted in quoted):
            return bool(wanted.strip())
    return False


def is_same_span(first: Span, second: Span) -> bool:
    """Whether two spans are the same, as far as seconds are written."""
    return (
        abs(first.start - second.start) <= SECONDS
        and abs(first.end - second.end) <= SECONDS
    )


def is_at(written: str, seconds: float) -> bool:
    """Whether a written number is this second."""
    return abs(float(written) - seconds) <= SECONDS
