"""Prompts of the reasoner: templates, evidence as text, and reply types."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal

from affectgraph.tools.evidence import Evidence

_PROMPTS = Path(__file__).parent / "prompts"
_MAX_VOTES = 4
_MAX_FACTS = 2
_MAX_FACTS_WITHOUT_VOTES = 8


def literal_type(values: Iterable[str]) -> Any:
    """The `Literal` type of these strings, for a schema."""
    return Literal[tuple(values)]


def render_prompt(name: str, **values: str) -> str:
    """A prompt from its Markdown file, with its `$variables` replaced."""
    return _template(name).substitute(values)


def select_salient(evidence: Sequence[Evidence], last: str = "") -> list[Evidence]:
    """The most important evidence, few enough for a small model: votes, then facts.

    Modalities take turns, so that none fills the selection. Each modality's evidence
    keeps the order of its sense, which gives the clearest first.

    Args:
        evidence: All evidence.
        last: Modality to put last: a prompt that leaves it out then starts like one
            that shows it, and servers cache equal beginnings.
    """
    votes = [piece for piece in evidence if piece.distribution is not None]
    facts = [piece for piece in evidence if piece.distribution is None]
    max_facts = _MAX_FACTS if votes else _MAX_FACTS_WITHOUT_VOTES
    selected = _take_turns(votes, _MAX_VOTES) + _take_turns(facts, max_facts)
    return sorted(selected, key=lambda piece: (piece.modality == last, piece.modality))


def format_evidence(evidence: Sequence[Evidence]) -> str:
    """Evidence as lines of quoted data; its text cannot break out of the quotes."""
    return "\n".join(
        f"{piece.id} ({piece.modality}): "
        f"{json.dumps(piece.observation, ensure_ascii=False)}"
        for piece in evidence
    )


def _take_turns(pieces: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The first pieces of every modality, then the second ones, up to a limit."""
    rank: Counter[str] = Counter()
    ranked = []
    for piece in pieces:
        ranked.append((rank[piece.modality], piece))
        rank[piece.modality] += 1
    ranked.sort(key=lambda pair: pair[0])
    return [piece for _, piece in ranked[:limit]]


@cache
def _template(name: str) -> Template:
    return Template((_PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip())
