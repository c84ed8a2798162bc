"""What the sections of a page show: shared by the report and the web page."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from affectgraph.agents.report.face_stills import Shot
from affectgraph.agents.report.timeline import columns, marks
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.schema import Check, Verdict
from affectgraph.graphs.verdict.nodes.fuse import vote_by_modality
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence

_ARROWS = {"low": "▼ low", "high": "▲ high", "typical": "typical", "unknown": ""}
_SIGNS = {"holds": "✓", "fails": "✕", "inconclusive": "?"}


def templates() -> Environment:
    """The templates of this room by their path; whatever they are told is escaped."""
    pages = Environment(
        loader=PackageLoader("affectgraph.agents", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"percent": _percent, "clock": _clock, "number": _number}
    return pages


def told(
    verdict: Verdict,
    shots: Mapping[str, Shot],
    *,
    with_clip: bool,
    playable: bool = False,
) -> dict[str, Any]:
    """What the templates of the sections are told.

    Args:
        verdict: What to show.
        shots: Pictures for evidence, by its id.
        with_clip: The clip was at hand; without it the page says why it has none.
        playable: The clip is on the page, for evidence to play its span.
    """
    senses = _by_sense(verdict)
    seconds = verdict.clip.seconds
    return {
        "verdict": verdict,
        "emotions": BASIC_EMOTIONS,
        "leading": top_emotion(verdict.distribution),
        "votes": {
            name: vote for name, (vote, _) in vote_by_modality(verdict.evidence).items()
        },
        "columns": columns(verdict),
        "marks": {n: marks(p, seconds) for n, p in senses.items()} if seconds else {},
        "senses": senses,
        "lacking": {
            n: s for n, s in verdict.modalities.items() if s.state != "present"
        },
        "stances": {p.id: _stances(p) for p in verdict.evidence},
        "cited": _cited(verdict),
        "checks": _checks(verdict),
        "influence": {one.case: one for one in verdict.influence},
        "shots": shots,
        "pictured": with_clip or not verdict.clip.has_video,
        "arrows": _ARROWS,
        "signs": _SIGNS,
        "playable": playable,
        "top": top_emotion,
    }


def _by_sense(verdict: Verdict) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = {}
    for piece in verdict.evidence:
        found.setdefault(piece.modality, []).append(piece)
    return found


def _stances(piece: Evidence) -> dict[str, list[str]]:
    """Emotions that a piece of evidence speaks for and against."""
    where = {emotion: stance(piece, emotion) for emotion in BASIC_EMOTIONS}
    return {
        side: [emotion for emotion in BASIC_EMOTIONS if where[emotion] == side]
        for side in ("for", "against")
    }


def _cited(verdict: Verdict) -> dict[str, list[int]]:
    """Numbers of the claims, from 1, that cite each piece of evidence and case."""
    found: dict[str, list[int]] = {}
    for number, claim in enumerate(verdict.claims, 1):
        for name in claim.cites:
            found.setdefault(name, []).append(number)
    return found


def _checks(verdict: Verdict) -> dict[str, list[Check]]:
    """How the last check of each kind ended, by hypothesis."""
    last = {(check.hypothesis, check.kind): check for check in verdict.checks}
    found: dict[str, list[Check]] = {}
    for check in last.values():
        found.setdefault(check.hypothesis, []).append(check)
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"


def _clock(seconds: float) -> str:
    """Seconds as a time on the clip's axis."""
    if seconds < 60:
        return f"{seconds:.1f}\u202fs"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _number(value: float) -> str:
    return f"{value:.4g}"
