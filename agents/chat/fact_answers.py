"""Answers rendered from facts: what the recorded run says, with its ids."""

from collections.abc import Iterable, Sequence

from affectgraph.agents.chat.context import Talk
from affectgraph.agents.chat.messages import Line
from affectgraph.agents.chat.question_parser import Asked
from affectgraph.graphs.claims.stance import supporting_and_contradicting
from affectgraph.graphs.replay.counterfactuals import Counterfactual
from affectgraph.graphs.schema import Check, Verdict
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Span

FEW, ALL = 3, 1_000


def named(verdict: Verdict) -> str:
    """The label and how sure it is, or why there is none."""
    if verdict.label is None:
        return f"no label ({verdict.abstention_reason})"
    return f"{verdict.label} (confidence {verdict.confidence:.2f})"


def why(talk: Talk, asked: Asked, most: int = FEW) -> list[Line]:
    """What speaks for an emotion and against it, and how it fared when checked."""
    verdict = talk.verdict
    shares = verdict.distribution
    first = top_emotion(shares)
    label = asked.label or first
    beside = top_emotion({**shares, label: -1.0})
    order = "leads" if label == first else "does not lead"
    lines = [
        Line(
            text=f"{label.capitalize()} {order}: probability {shares[label]:.2f}, "
            f"{beside} {shares[beside]:.2f}."
        )
    ]
    pieces = [p for p in verdict.evidence if asked.sense in (None, p.modality)]
    pieces.sort(key=lambda piece: piece.distribution is None)
    backing, opposing = supporting_and_contradicting(pieces, label)
    sides = ("for", backing), ("against", opposing)
    for side, names in sides if label == first else reversed(sides):
        about = [p for p in pieces if p.id in names]
        lines += [_observed(piece, side) for piece in about[:most]]
    if not backing:
        lines.append(Line(text=f"Nothing that was perceived speaks for {label}."))
    if left := sum(max(0, len(names) - most) for _, names in sides):
        lines.append(Line(text=f"{left} more: /why {label}"))
    checks = [c for c in _last(verdict) if c.hypothesis == label]
    return lines + [_checked(c) for c in checks if most > FEW or c.result == "fails"]


def evidence(talk: Talk, asked: Asked) -> list[Line]:
    """What the senses found: of one sense, at one time, or by id."""
    verdict, span = talk.verdict, asked.span
    if asked.ids:
        return [line for name in asked.ids for line in by_id(talk, name)]
    if span and span.start > verdict.clip.seconds:
        return [Line(text=f"The clip ends at {verdict.clip.seconds:.1f} s.")]
    sensed = verdict.modalities.get(asked.sense or "")
    if asked.sense and (sensed is None or sensed.state != "present"):
        reason = f"{sensed.state}, {sensed.reason}" if sensed else "not in this run"
        return [Line(text=f"{asked.sense}: {reason}.")]
    pieces = [p for p in verdict.evidence if asked.sense in (None, p.modality)]
    if span is None:
        return [_observed(piece) for piece in pieces]
    there = [piece for piece in pieces if _meet(piece.span, span)]
    there.sort(key=lambda piece: piece.span.seconds)
    whole = verdict.clip.seconds
    own = [piece for piece in there if piece.span.seconds < 0.9 * whole]
    lines = [_observed(piece) for piece in own[: 2 * FEW]]
    return _moments(there, span) + lines or _nowhere(asked, span, there)


def by_id(talk: Talk, name: str) -> list[Line]:
    """Everything about one piece of evidence, or one case.

    An unknown id has no lines.
    """
    if name not in talk.evidence:
        numbered = dict(_numbered(talk.verdict.cases))
        return _about_case(talk, name, numbered[name]) if name in numbered else []
    piece = talk.evidence[name]
    lines = [_observed(piece)]
    for title, measured in piece.measurements.items():
        usual = ""
        if measured.low is not None and measured.high is not None:
            usual = f", typical {measured.low:.3g} to {measured.high:.3g}"
            usual += f" ({measured.baseline})" if measured.baseline else ""
        amount = f"{measured.value:.3g} {measured.unit}".strip()
        text = f"{title.replace('_', ' ')}: {amount}{usual}; {measured.direction}."
        lines.append(Line(text=text, cites=(name,)))
    made_by = f"{piece.provenance.model} {piece.provenance.sha256[:12]}".strip()
    text = f"{piece.tool}, {piece.span}, quality {piece.quality:.2f}, by {made_by}."
    return [*lines, Line(text=text, cites=(name,))]


def sure(talk: Talk, asked: Asked) -> list[Line]:
    """How sure the verdict is, and what lowers that."""
    verdict, coverage = talk.verdict, talk.run.record.coverage
    likely = ", ".join(verdict.prediction_set)
    first = top_emotion(verdict.distribution)
    checks = [c for c in _last(verdict) if c.hypothesis == first]
    held = sum(check.result == "holds" for check in checks)
    failed = [check for check in checks if check.result == "fails"]
    return [
        Line(text=f"{named(verdict)[0].upper()}{named(verdict)[1:]}."),
        Line(text=f"The right one is among {likely} {coverage:.0%} of the time."),
        Line(text=f"Of {len(checks)} checks {held} held and {len(failed)} failed."),
        *map(_checked, failed),
        *(conflict(talk, asked) if verdict.conflict else ()),
    ]


def change(talk: Talk, asked: Asked) -> list[Line]:
    """What would give another label, computed."""
    found = talk.agent.counterfactuals(talk.run, talk.edits)
    if not found:
        return [
            Line(
                text="Computed: neither leaving out senses nor changing one piece of "
                "evidence gives another label."
            )
        ]
    return [_turning(talk, one) for one in found]


def cases(talk: Talk, asked: Asked) -> list[Line]:
    """The cases that memory came up with."""
    if not talk.verdict.cases:
        return [Line(text="No case was recalled.")]
    return [
        Line(
            text=f"{one.kind}: labelled {one.case.label}, similarity "
            f"{one.similarity:.2f} in {', '.join(one.modalities)}.",
            cites=(name,),
        )
        for name, one in _numbered(talk.verdict.cases)
    ]


def conflict(talk: Talk, asked: Asked) -> list[Line]:
    """Which senses disagree, and by how much."""
    verdict = talk.verdict
    lines = []
    for one in verdict.conflict:
        (this, that), (says, but) = one.modalities, one.labels
        votes = [p for p in verdict.evidence if p.distribution is not None]
        cites = tuple(p.id for p in votes if p.modality in one.modalities)
        text = f"{this} says {says}, {that} says {but}: distance {one.amount:.2f}."
        lines.append(Line(text=text.capitalize(), cites=cites))
    return lines or [Line(text="No two senses disagree enough to call it a conflict.")]


def _observed(piece: Evidence, side: str = "") -> Line:
    given = {"text": piece.observation, "cites": (piece.id,), "side": side}
    return Line.model_validate(given)


def _checked(check: Check) -> Line:
    text = f"The {check.kind} check of {check.hypothesis}: {check.result}."
    return Line(text=f"{text} {check.reason}", cites=check.cites)


def _last(verdict: Verdict) -> list[Check]:
    """The checks of the last round, and the one that is made only once."""
    last = verdict.provenance.rounds
    return [c for c in verdict.checks if c.round == last or c.kind == "blind"]


def _meet(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _moments(pieces: Sequence[Evidence], span: Span) -> list[Line]:
    """What each sense would say about that time alone."""
    lines = []
    for piece in pieces:
        there = [m for m in piece.timeline if m.span.overlap(span) > 0]
        at = [m for m in piece.timeline if m.span.start <= span.start < m.span.end]
        for moment in there or at:
            label = top_emotion(moment.distribution)
            share = moment.distribution[label]
            text = f"{moment.span} of the {piece.modality} alone: {label} {share:.2f}."
            lines.append(Line(text=text, cites=(piece.id,)))
    return lines


def _nowhere(asked: Asked, span: Span, there: Sequence[Evidence]) -> list[Line]:
    """Nothing is about that time alone; what is about the whole clip holds there."""
    what = asked.sense or "no sense"
    alone = f"{span.start:g} s" if not span.seconds else str(span)
    text = f"Nothing of {what} is about {alone} alone; about the whole clip:"
    return [Line(text=text), *(_observed(piece) for piece in there[:FEW])]


def _turning(talk: Talk, one: Counterfactual) -> Line:
    then = f"it would come to {named(one.verdict)}"
    target, _, value = one.description.partition("=")
    if not value:
        names = target.removeprefix("without ").split(" and ")
        text = f"W{target[1:]} {then}; /without {' '.join(names)}"
        return Line(text=text, cites=one.cites)
    (name,) = one.cites
    was = talk.evidence[name]
    now = next(p for p in one.verdict.evidence if p.id == name)
    if target.endswith(".quality"):
        what = f"quality {float(value):.2f} instead of {was.quality:.2f}"
        return Line(text=f"With {what} {then}; /set {target} {value}", cites=one.cites)
    old, new = was.distribution or {}, now.distribution or {}
    moved = max(new, key=lambda e: new[e] - old[e])
    what = f"{moved} at {new[moved]:.2f} instead of {old[moved]:.2f}"
    return Line(text=f"Reading {what} {then}; /set {target} {value}", cites=one.cites)


def _about_case(talk: Talk, name: str, one: Recalled) -> list[Line]:
    case = one.case
    words = f" ({', '.join(case.labels)})" if case.labels else ""
    alike = f"similarity {one.similarity:.2f} in {', '.join(one.modalities)}"
    texts = [f"{one.kind}: labelled {case.label}{words}, {alike}."]
    texts += [f"Summary: {case.summary}"] if case.summary else []
    origin = {
        "labelled by": case.annotator,
        "label": case.label_source,
        "source": case.source,
        "licence": case.licence,
    }
    told = [f"{title} {value}" for title, value in origin.items() if value]
    texts += [f"{'; '.join(told)}."] if told else []
    texts += [
        f"Without it: {other.label}, {talk.verdict.label or 'no label'} at "
        f"{other.confidence:.2f}."
        for other in talk.verdict.influence
        if other.case == name
    ]
    return [Line(text=text, cites=(name,)) for text in texts]


def _numbered(recalled: Iterable[Recalled]) -> list[tuple[str, Recalled]]:
    return [(f"C{number}", one) for number, one in enumerate(recalled, 1)]
