"""Data of the page sections that the report and the web page share."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from affectgraph.agents.report.face_stills import FaceStill
from affectgraph.agents.report.timeline import (
    affect_paths,
    place_marks,
    timeline_columns,
)
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.claims.verify_decision import confidence_level
from affectgraph.graphs.schema import Check, Verdict
from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.sense_votes import vote_by_modality

_ARROWS = {"low": "▼ low", "high": "▲ high", "typical": "typical", "unknown": ""}
_SIGNS = {"holds": "✓", "fails": "✕", "inconclusive": "?"}


def create_environment() -> Environment:
    """Templates of `affectgraph.agents` by path; values are escaped."""
    environment = Environment(
        loader=PackageLoader("affectgraph.agents", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _format_percent,
        "times": _format_frequency,
        "clock": _format_time,
        "number": _format_number,
    }
    return environment


def section_context(
    verdict: Verdict,
    stills: Mapping[str, FaceStill],
    *,
    with_clip: bool,
    playable: bool = False,
) -> dict[str, Any]:
    """Variables of the section templates.

    Args:
        verdict: The verdict to show.
        stills: Images of evidence, by its id.
        with_clip: The clip was available; otherwise the page explains why it has no
            images.
        playable: The page contains the clip, so that evidence can play its span.
    """
    senses = _group_by_sense(verdict)
    seconds = verdict.clip.seconds
    columns = timeline_columns(verdict)
    return {
        "verdict": verdict,
        "emotions": BASIC_EMOTIONS,
        "votes": {
            name: vote for name, (vote, _) in vote_by_modality(verdict.evidence).items()
        },
        "people": _group_by_person(verdict),
        "columns": columns,
        "affect": affect_paths(columns),
        "marks": {n: place_marks(p, seconds) for n, p in senses.items()}
        if seconds
        else {},
        "senses": senses,
        "missing": {
            n: s for n, s in verdict.modalities.items() if s.state != "present"
        },
        "stances": {p.id: _stances(p) for p in verdict.evidence},
        "cited": _cited(verdict),
        "checks": _checks(verdict),
        "leading": top_emotion(verdict.distribution),
        "level": confidence_level(verdict.confidence),
        "influence": {entry.case: entry for entry in verdict.influence},
        "stills": stills,
        "has_pictures": with_clip or not verdict.clip.has_video,
        "arrows": _ARROWS,
        "signs": _SIGNS,
        "playable": playable,
        "top": top_emotion,
    }


def _group_by_sense(verdict: Verdict) -> dict[str, list[Evidence]]:
    groups: dict[str, list[Evidence]] = {}
    for piece in verdict.evidence:
        groups.setdefault(piece.modality, []).append(piece)
    return groups


def _group_by_person(verdict: Verdict) -> dict[str, list[Utterance]]:
    groups: dict[str, list[Utterance]] = {}
    for utterance in sorted(verdict.utterances, key=lambda u: (not u.person, u.start)):
        groups.setdefault(utterance.person, []).append(utterance)
    return groups


def _stances(piece: Evidence) -> dict[str, list[str]]:
    """Emotions that a piece of evidence speaks for and against."""
    sides = {emotion: stance(piece, emotion) for emotion in BASIC_EMOTIONS}
    return {
        side: [emotion for emotion in BASIC_EMOTIONS if sides[emotion] == side]
        for side in ("for", "against")
    }


def _cited(verdict: Verdict) -> dict[str, list[int]]:
    """Numbers of the claims, from 1, that cite each piece of evidence and case."""
    numbers: dict[str, list[int]] = {}
    for number, claim in enumerate(verdict.claims, 1):
        for name in claim.cites:
            numbers.setdefault(name, []).append(number)
    return numbers


def _checks(verdict: Verdict) -> dict[str, list[Check]]:
    """The last check of each kind, by hypothesis."""
    last = {(check.hypothesis, check.kind): check for check in verdict.checks}
    groups: dict[str, list[Check]] = {}
    for check in last.values():
        groups.setdefault(check.hypothesis, []).append(check)
    return groups


def _format_percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"


def _format_frequency(share: float) -> str:
    """A share as people count: 9 times in 10."""
    tenths = round(10 * share, 6)
    if tenths == round(tenths):
        return f"{tenths:.0f} times in 10"
    return f"{100 * share:g} times in 100"


def _format_time(seconds: float) -> str:
    """Seconds as a position in the clip."""
    if seconds < 60:
        return f"{seconds:.1f}\u202fs"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _format_number(value: float) -> str:
    return f"{value:.4g}"
