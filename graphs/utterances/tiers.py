"""Utterances as tiers of annotation tools: Praat and ELAN.

Each person has a tier of words and a tier of emotions, as speech may overlap.
"""

from collections.abc import Iterator, Sequence
from mimetypes import guess_type
from pathlib import Path

from praatio.textgrid import IntervalTier, Textgrid
from pympi import Eaf

from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.sanitize import sanitize_text

_UNKNOWN_PERSON = "unknown"
_NO_ANSWER = "no answer"

# Start and end in seconds, and what is said of them.
Interval = tuple[float, float, str]


def write_textgrid(utterances: Sequence[Utterance], clip: ClipInfo, path: Path) -> None:
    """Write a Praat TextGrid with an interval an utterance.

    Source: the manual of Praat, "TextGrid file formats".
    """
    end = max([clip.seconds, *(utterance.end for utterance in utterances)])
    grid = Textgrid(0.0, end)
    for name, _, intervals in _tiers(utterances):
        grid.addTier(IntervalTier(name, intervals, 0.0, end), reportingMode="silence")
    grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)


def write_eaf(utterances: Sequence[Utterance], clip: ClipInfo, path: Path) -> None:
    """Write an ELAN annotation document with an annotation an utterance.

    Times are whole milliseconds. The clip is linked by its name, so that ELAN finds it
    beside the document.
    """
    document = Eaf(author="affectgraph")
    document.remove_tier("default")
    kind = guess_type(clip.name)[0] or "application/octet-stream"
    document.add_linked_file(clip.name, relpath=f"./{clip.name}", mimetype=kind)
    for name, person, intervals in _tiers(utterances):
        document.add_tier(name, part=person)
        for start, end, text in intervals:
            first = round(1000 * start)
            last = max(first + 1, round(1000 * end))
            document.add_annotation(name, first, last, text)
    document.to_file(str(path))


def _tiers(
    utterances: Sequence[Utterance],
) -> Iterator[tuple[str, str, list[Interval]]]:
    """Name and person of each tier, and its intervals in order."""
    for person in dict.fromkeys(utterance.person for utterance in utterances):
        own = [utterance for utterance in utterances if utterance.person == person]
        name = sanitize_text(person) or _UNKNOWN_PERSON
        words = [(u.start, u.end, sanitize_text(u.text)) for u in own]
        yield name, name, [interval for interval in words if interval[2]]
        emotions = [(u.start, u.end, u.label or _NO_ANSWER) for u in own]
        yield f"{name} emotion", name, emotions
