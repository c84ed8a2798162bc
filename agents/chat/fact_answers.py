"""Answers rendered from the recorded run, with the ids that support them."""

from collections.abc import Iterable, Sequence

from affectgraph.agents.chat.answer_lines import (
    case_lines,
    check_line,
    contribution_lines,
    counterfactual_line,
    describe_label,
    measurement_text,
    moment_lines,
    observation_line,
)
from affectgraph.agents.chat.context import ChatContext
from affectgraph.agents.chat.messages import AnswerLine
from affectgraph.agents.chat.question_parser import ParsedQuestion
from affectgraph.graphs.claims.stance import supporting_and_contradicting
from affectgraph.graphs.schema import Check, Verdict
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Span

_MAX_PIECES = 2
# Evidence about at least this share of the clip is about the whole of it.
_WHOLE_CLIP = 0.9


def explain_label(
    context: ChatContext, question: ParsedQuestion, *, complete: bool = False
) -> list[AnswerLine]:
    """Evidence for and against an emotion; all of it and its checks if `complete`."""
    verdict = context.verdict
    shares = verdict.distribution
    first = top_emotion(shares)
    label = question.label or first
    if question.intents == ("why_not",) and question.label is None:
        label = verdict.runner_up or first
    rival = top_emotion({**shares, label: -1.0})
    order = "leads" if label == first else "does not lead"
    text = f"{label.capitalize()} {order}: probability {shares[label]:.2f}, "
    lines = [AnswerLine(text=f"{text}{rival} {shares[rival]:.2f}.")]
    lines += contribution_lines(verdict, label)
    pieces = [p for p in verdict.evidence if question.sense in (None, p.modality)]
    pieces.sort(key=lambda piece: piece.distribution is None)
    supporting, contradicting = supporting_and_contradicting(pieces, label)
    sides = [("for", supporting), ("against", contradicting)]
    limit = None if complete else _MAX_PIECES
    for side, ids in sides if label == first else reversed(sides):
        cited = [piece for piece in pieces if piece.id in ids]
        lines += [observation_line(piece, side) for piece in cited[:limit]]
    if not supporting:
        lines.append(AnswerLine(text=f"Nothing that was perceived speaks for {label}."))
    hidden = sum(len(ids[_MAX_PIECES:]) for _, ids in sides)
    if hidden and not complete:
        lines.append(AnswerLine(text=f"{hidden} more: /why {label}"))
    checks = [c for c in _last_checks(verdict) if c.hypothesis == label]
    return lines + [check_line(check) for check in checks if complete]


def list_evidence(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """Evidence by id, of one sense, or at one time."""
    verdict, span = context.verdict, question.span
    if question.ids:
        return [line for name in question.ids for line in describe_id(context, name)]
    if span and span.start > verdict.clip.seconds:
        return [AnswerLine(text=f"The clip ends at {verdict.clip.seconds:.1f} s.")]
    status = verdict.modalities.get(question.sense or "")
    if question.sense and (status is None or status.state != "present"):
        reason = f"{status.state}, {status.reason}" if status else "not in this run"
        return [AnswerLine(text=f"{question.sense}: {reason}.")]
    pieces = [p for p in verdict.evidence if question.sense in (None, p.modality)]
    if span is None:
        return [observation_line(piece) for piece in pieces]
    overlapping = [piece for piece in pieces if _touch(piece.span, span)]
    overlapping.sort(key=lambda piece: piece.span.seconds)
    max_seconds = _WHOLE_CLIP * verdict.clip.seconds
    local = [piece for piece in overlapping if piece.span.seconds < max_seconds]
    lines = moment_lines(overlapping, span)
    lines += [observation_line(piece) for piece in local[: 2 * _MAX_PIECES]]
    return lines or _whole_clip_lines(question, span, overlapping)


def describe_id(context: ChatContext, name: str) -> list[AnswerLine]:
    """Everything about one piece of evidence or one case; empty for an unknown id."""
    if name not in context.evidence:
        cases = dict(_number_cases(context.verdict.cases))
        return case_lines(context, name, cases[name]) if name in cases else []
    piece = context.evidence[name]
    texts = [measurement_text(*item) for item in piece.measurements.items()]
    model = f"{piece.provenance.model} {piece.provenance.sha256[:12]}".strip()
    texts.append(
        f"{piece.tool}, {piece.span}, quality {piece.quality:.2f}, by {model}."
    )
    lines = [AnswerLine(text=text, cites=(name,)) for text in texts]
    return [observation_line(piece), *lines]


def describe_confidence(
    context: ChatContext, question: ParsedQuestion
) -> list[AnswerLine]:
    """The confidence of the verdict, and what lowers it."""
    verdict, coverage = context.verdict, context.run.record.coverage
    likely = ", ".join(verdict.prediction_set)
    label = describe_label(verdict)
    texts = [
        f"{label[0].upper()}{label[1:]}: such answers are right "
        f"{verdict.confidence:.0%} of the time.",
        f"The right one is among {likely} {coverage:.0%} of the time.",
    ]
    if question.label:
        share = verdict.distribution[question.label]
        texts.insert(0, f"The probability of {question.label} is {share:.2f}.")
    return [
        *(AnswerLine(text=text) for text in texts),
        *(list_conflicts(context, question) if verdict.conflict else ()),
    ]


def list_counterfactuals(
    context: ChatContext, question: ParsedQuestion
) -> list[AnswerLine]:
    """The smallest changes that would give another label, computed."""
    changes = context.agent.counterfactuals(context.run, context.edits)
    if not changes:
        text = (
            "Computed: neither leaving out senses nor changing one piece of evidence "
            "gives another label."
        )
        return [AnswerLine(text=text)]
    return [counterfactual_line(context, change) for change in changes]


def list_cases(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """The recalled cases."""
    if not context.verdict.cases:
        return [AnswerLine(text="No case was recalled.")]
    return [
        AnswerLine(
            text=f"{recalled.kind}: labelled {recalled.case.label}, similarity "
            f"{recalled.similarity:.2f} in {', '.join(recalled.modalities)}.",
            cites=(name,),
        )
        for name, recalled in _number_cases(context.verdict.cases)
    ]


def list_conflicts(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """Senses that disagree, and by how much."""
    verdict = context.verdict
    votes = [p for p in verdict.evidence if p.distribution is not None]
    lines = []
    for conflict in verdict.conflict:
        (first, second), labels = conflict.modalities, conflict.labels
        text = f"{first} says {labels[0]}, {second} says {labels[1]}: "
        text += f"distance {conflict.amount:.2f}."
        cites = tuple(p.id for p in votes if p.modality in conflict.modalities)
        lines.append(AnswerLine(text=text.capitalize(), cites=cites))
    none = "No two senses disagree enough to call it a conflict."
    return lines or [AnswerLine(text=none)]


def _last_checks(verdict: Verdict) -> list[Check]:
    """The checks of the last round, and the one that is made only once."""
    last_round = verdict.provenance.rounds
    return [c for c in verdict.checks if c.round == last_round]


def _touch(first: Span, second: Span) -> bool:
    return first.start <= second.end and second.start <= first.end


def _whole_clip_lines(
    question: ParsedQuestion, span: Span, pieces: Sequence[Evidence]
) -> list[AnswerLine]:
    """Evidence about the whole clip, where none is about the span alone."""
    sense = question.sense or "no sense"
    when = str(span) if span.seconds else f"{span.start:g} s"
    text = f"Nothing of {sense} is about {when} alone; about the whole clip:"
    return [AnswerLine(text=text), *map(observation_line, pieces[:_MAX_PIECES])]


def _number_cases(cases: Iterable[Recalled]) -> list[tuple[str, Recalled]]:
    return [(f"C{number}", recalled) for number, recalled in enumerate(cases, 1)]
