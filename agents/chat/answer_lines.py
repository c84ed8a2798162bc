"""Sentences about one piece of evidence, check, case or counterfactual."""

from collections.abc import Sequence

from affectgraph.agents.chat.context import ChatContext
from affectgraph.agents.chat.messages import AnswerLine
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.replay.counterfactuals import Counterfactual
from affectgraph.graphs.schema import Check, Verdict
from affectgraph.graphs.verdict.claim_facts import facts_of
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Measurement, Span


def describe_label(verdict: Verdict) -> str:
    """The label and its confidence, or the reason of an abstention."""
    if verdict.label is None:
        return f"no label ({verdict.abstention_reason})"
    return f"{verdict.label} (confidence {verdict.confidence:.2f})"


def observation_line(piece: Evidence, side: str = "") -> AnswerLine:
    """The observation of a piece of evidence, with its id."""
    fields = {"text": piece.observation, "cites": (piece.id,), "side": side}
    return AnswerLine.model_validate(fields)


def measurement_text(name: str, measurement: Measurement) -> str:
    """Value, typical range and direction of a measurement."""
    typical = ""
    if measurement.low is not None and measurement.high is not None:
        typical = f", typical {measurement.low:.3g} to {measurement.high:.3g}"
        typical += f" ({measurement.baseline})" if measurement.baseline else ""
    value = f"{measurement.value:.3g} {measurement.unit}".strip()
    return f"{name.replace('_', ' ')}: {value}{typical}; {measurement.direction}."


def check_line(check: Check) -> AnswerLine:
    """Kind, result and reason of a check."""
    text = f"The {check.kind} check of {check.hypothesis}: {check.result}."
    return AnswerLine(text=f"{text} {check.reason}", cites=check.cites)


def contribution_lines(verdict: Verdict, label: str) -> list[AnswerLine]:
    """What each expert adds to an emotion, against the leading one or its runner-up."""
    facts = facts_of(verdict)
    if len(facts.experts) < 2:
        return []
    against = facts.runner_up if label == facts.leading else facts.leading
    lines = contribution_texts(facts, label, against)
    if label != facts.leading:
        lines.append(_what_would_lead_to(facts, label))
    return [AnswerLine(text=line) for line in lines]


def contribution_texts(facts: Facts, label: str, against: str) -> list[str]:
    """What each expert adds to an emotion against another; nothing for one expert."""
    parts = {n: facts.log_odds(n, label, against) or 0.0 for n in facts.experts}
    if len(parts) < 2:
        return []
    ranked = sorted(parts, key=lambda name: -abs(parts[name]))
    text = ", ".join(f"{name} {parts[name]:+.2f}" for name in ranked)
    total = f"in all {sum(parts.values()):+.2f}"
    return [f"For {label} against {against}, in log-odds: {text}; {total}."]


def _what_would_lead_to(facts: Facts, label: str) -> str:
    """Which expert keeps an emotion from leading, if a single one does."""
    keeping = [n for n in facts.experts if facts.leading_without((n,)) == label]
    if keeping:
        return f"Without {' or without '.join(keeping)} it would be {label}."
    return f"Leaving out any single expert does not make it {label}."


def moment_lines(pieces: Sequence[Evidence], span: Span) -> list[AnswerLine]:
    """What each sense says about a span alone."""
    lines = []
    for piece in pieces:
        overlapping = [m for m in piece.timeline if m.span.overlap(span) > 0]
        at = [m for m in piece.timeline if m.span.start <= span.start < m.span.end]
        for moment in overlapping or at:
            label = top_emotion(moment.distribution)
            share = moment.distribution[label]
            text = f"{moment.span} of the {piece.modality} alone: {label} {share:.2f}."
            lines.append(AnswerLine(text=text, cites=(piece.id,)))
    return lines


def counterfactual_line(
    context: ChatContext, counterfactual: Counterfactual
) -> AnswerLine:
    """A change, the label it gives, and the command that makes it."""
    cites, after = counterfactual.cites, counterfactual.verdict
    result = f"it would come to {describe_label(after)}"
    target, _, value = counterfactual.description.partition("=")
    if not value:
        names = target.removeprefix("without ").split(" and ")
        text = f"W{target[1:]} {result}; /without {' '.join(names)}"
        return AnswerLine(text=text, cites=cites)
    (name,) = cites
    old = context.evidence[name]
    if target.endswith(".quality"):
        change = f"With quality {float(value):.2f} instead of {old.quality:.2f}"
    else:
        new = next(piece for piece in after.evidence if piece.id == name)
        before, now = old.distribution or {}, new.distribution or {}
        emotion = max(now, key=lambda e: now[e] - before[e])
        change = f"Reading {emotion} at {now[emotion]:.2f} instead of "
        change += f"{before[emotion]:.2f}"
    return AnswerLine(text=f"{change} {result}; /set {target} {value}", cites=cites)


def case_lines(context: ChatContext, name: str, recalled: Recalled) -> list[AnswerLine]:
    """Label, summary, origin and influence of a recalled case."""
    case = recalled.case
    words = f" ({', '.join(case.labels)})" if case.labels else ""
    texts = [
        f"{recalled.kind}: labelled {case.label}{words}, similarity "
        f"{recalled.similarity:.2f} in {', '.join(recalled.modalities)}."
    ]
    if case.summary:
        texts.append(f"Summary: {case.summary}")
    origin = {
        "labelled by": case.annotator,
        "label": case.label_source,
        "source": case.source,
        "licence": case.licence,
    }
    facts = [f"{title} {value}" for title, value in origin.items() if value]
    if facts:
        texts.append(f"{'; '.join(facts)}.")
    texts += [
        f"It adds {influence.log_odds:+.2f} to the log-odds of the label against "
        f"{context.verdict.runner_up}."
        for influence in context.verdict.influence
        if influence.case == name
    ]
    return [AnswerLine(text=text, cites=(name,)) for text in texts]
