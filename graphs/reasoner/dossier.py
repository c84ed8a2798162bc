"""The dossier: what a language model is shown of a clip before it judges.

It is blind to what the senses conclude: no vote, no probability, no emotion that a
sense names. It holds the words, the turns before them, what was measured beside its
typical range, and what was observed when. Everything is quoted data: a text cannot
break out of its quotation marks.
"""

import json
import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from affectgraph.graphs.reasoner.prompt_builder import render_prompt
from affectgraph.tools.clip import Turn
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.language.emotion_mentions import emotion_words

PromptSize = Literal["small", "large"]

_QUOTATION = re.compile(r'"[^"]*"')
# A measurement of these names repeats a vote.
_VOTE_NAMES = ("probability", "expression", "word ", *BASIC_EMOTIONS)
# A small model is shown this many facts and measurements, and the end of the words.
_SMALL_LINES, _SMALL_WORDS = 8, 600


@dataclass(frozen=True)
class Dossier:
    """Everything that a model may see of a clip.

    Attributes:
        evidence: All evidence.
        turns: What was said before, oldest first.
        size: Size of the prompts of the model.
        found: What acts of the model found, one sentence each.
        hidden: Modalities to leave out.
    """

    evidence: Sequence[Evidence]
    turns: Sequence[Turn] = ()
    size: PromptSize = "large"
    found: Sequence[str] = ()
    hidden: Collection[str] = ()

    @property
    def _shown(self) -> list[Evidence]:
        return [p for p in self.evidence if p.modality not in self.hidden]

    def facts(self) -> list[str]:
        """A line for each observation and measurement."""
        shown = self._shown
        voting = {p.modality for p in shown if p.distribution is not None}
        lines = [_fact(piece, piece.modality in voting) for piece in shown]
        measured = _measured(shown, only_unusual=self.size == "small")
        return [*filter(None, lines), *measured]

    def render(self, seed: int = 0) -> str:
        """The system text with the dossier; facts are in the order of the seed."""
        lines = self.facts()
        if seed:
            random.Random(seed).shuffle(lines)
        words = " ".join(text for piece in self._shown for text in _words(piece))
        if self.size == "small":
            lines, words = lines[:_SMALL_LINES], words[-_SMALL_WORDS:]
        return render_prompt(
            f"dossier-{self.size}",
            turns="\n".join(map(_turn, self.turns)) or "none",
            words=json.dumps(words, ensure_ascii=False) if words else "none",
            facts="\n".join([*lines, *map(_quoted, self.found)]) or "none",
        )


def _words(piece: Evidence) -> list[str]:
    """The words that a voting piece quotes: a transcript."""
    if piece.distribution is None:
        return []
    return [quote.strip('"') for quote in _QUOTATION.findall(piece.observation)]


def _fact(piece: Evidence, votes: bool) -> str:
    """A line of an observation; empty if it tells what a sense concludes."""
    text = piece.observation
    if votes and (emotion_words(text) or "probability" in text or _words(piece)):
        return ""
    return f"{piece.modality}, {piece.span}: {_quoted(text)}"


def _measured(shown: Sequence[Evidence], *, only_unusual: bool) -> list[str]:
    lines = {}
    for piece in shown:
        for name, measurement in piece.measurements.items():
            known = measurement.direction != "unknown"
            unusual = measurement.direction in ("high", "low")
            is_vote = any(part in name.lower() for part in _VOTE_NAMES)
            if known and (unusual or not only_unusual) and not is_vote:
                lines[piece.modality, name] = _measurement_line(
                    piece.modality, name, measurement
                )
    return list(lines.values())


def _measurement_line(modality: str, name: str, measurement: Measurement) -> str:
    low, high = measurement.low, measurement.high
    ends = [f"{bound:.3g}" for bound in (low, high) if bound is not None]
    value = f"{measurement.value:.3g} {measurement.unit}".strip()
    return (
        f"{modality}, {name.replace('_', ' ')}: {value}, {measurement.direction} "
        f"(typical {' to '.join(ends)})"
    )


def _turn(turn: Turn) -> str:
    who = "the person" if turn.same_speaker else "somebody else"
    return f"{who}: {_quoted(turn.text)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
