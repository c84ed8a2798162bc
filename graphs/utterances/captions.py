"""Utterances as captions for players: WebVTT and SubRip."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from webvtt import WebVTT
from webvtt.models import Caption, Timestamp

from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.sanitize import sanitize_text

# SubRip has no escape for what begins a tag.
_NO_TAGS = str.maketrans("<>", "\u2039\u203a")


def write_vtt(utterances: Sequence[Utterance], clip: ClipInfo, path: Path) -> None:
    """Write WebVTT: a cue an utterance, the person as its voice.

    The identifier of a cue is the number of its utterance, from 1.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format".
    """
    captions = WebVTT(captions=[])
    for number, utterance in enumerate(utterances, 1):
        text = escape(_caption_text(utterance), quote=False)
        if utterance.person:
            text = f"<v {escape(sanitize_text(utterance.person))}>{text}"
        captions.captions.append(_caption(utterance, text, str(number)))
    path.write_text(captions.content, encoding="utf-8")


def write_srt(utterances: Sequence[Utterance], clip: ClipInfo, path: Path) -> None:
    """Write SubRip: a cue an utterance; the person comes before a colon."""
    captions = WebVTT(captions=[])
    for utterance in utterances:
        person = f"{sanitize_text(utterance.person)}: " if utterance.person else ""
        text = f"{person}{_caption_text(utterance)}".translate(_NO_TAGS)
        captions.captions.append(_caption(utterance, text))
    with path.open("w", encoding="utf-8") as file:
        captions.write(file, format="srt")


def _caption(utterance: Utterance, text: str, identifier: str | None = None) -> Caption:
    return Caption(
        start=str(Timestamp.from_seconds(utterance.start)),
        end=str(Timestamp.from_seconds(utterance.end)),
        text=text,
        identifier=identifier,
    )


def _caption_text(utterance: Utterance) -> str:
    """The emotion with its confidence in square brackets, and the words."""
    emotion = "no answer"
    if utterance.label is not None:
        emotion = f"{utterance.label} {utterance.confidence:.2f}"
    # An arrow would read as the times of a cue.
    words = sanitize_text(utterance.text).replace("-->", "->")
    return f"[{emotion}] {words}".strip()
