"""Rendering of claims: their statements in one of five languages.

The text is a function of the statements alone, so that it says what was verified.
"""

from collections.abc import Sequence
from typing import cast

from affectgraph.graphs.claims.verify_decision import CLEAR, LIKELY
from affectgraph.graphs.schema.statements import (
    ChangeStatement,
    ComparisonStatement,
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    LevelStatement,
    ObservationStatement,
    PrecedentStatement,
    QuotationStatement,
    ReadingStatement,
    Statement,
)
from affectgraph.graphs.translations import Translation

# Units that say nothing to a reader, as of a ratio.
_SILENT_UNITS = {"", "probability", "degrees", None}


def render_claim(statements: Sequence[Statement], language: Translation) -> str:
    """The sentence that makes these statements; empty if no template makes them."""
    first = statements[0]
    if isinstance(first, ObservationStatement):
        return first.text
    if isinstance(first, ConclusionStatement):
        text = _conclusion(first, language)
    elif isinstance(first, ContributionStatement):
        text = _contributions(statements, language)
    elif isinstance(first, CounterfactualStatement):
        text = _counterfactual(first, language)
    elif isinstance(first, ChangeStatement) and first.words:
        text = language.fill(
            "without_words",
            words=f'"{first.words}"',
            emotion=language.emotions[first.what],
            before=first.before or "",
            after=first.after or "",
        )
    elif isinstance(first, ReadingStatement) and first.rank == 2:
        emotion = language.emotions[first.emotion]
        text = language.fill("next", emotion=emotion, share=first.share or "")
    else:
        return ""
    return text[0].upper() + text[1:]


def _conclusion(said: ConclusionStatement, language: Translation) -> str:
    confidence = float(said.confidence or 0)
    name = "clear" if confidence >= CLEAR else "likely"
    if confidence < LIKELY:
        name = "open" if said.abstains else "unsure"
    reason: str = said.reason or "doubt"
    if reason == "doubt" and not said.senses:
        reason = "doubt_all"
    senses = language.join([language.expert(sense) for sense in said.senses])
    return language.fill(
        name,
        label=language.emotions[said.label],
        rival=language.emotions[said.rival or said.label],
        confidence=said.confidence or "",
        reason=language.fill(reason.replace(" ", "_"), senses=senses),
    )


def _contributions(statements: Sequence[Statement], language: Translation) -> str:
    parts = [s for s in statements if isinstance(s, ContributionStatement)]
    first = parts[0]
    if first.expert is None:
        return language.fill("nothing")
    if len(parts) > 1:
        sums = [f"{language.expert(p.expert or '')} {p.log_odds}" for p in parts]
        return language.fill("sums", parts=language.join(sums[:-1]), other=sums[-1])
    if first.over:
        return language.fill(
            "outweighs",
            expert=language.expert(first.expert),
            other=language.expert(first.over),
            more=first.log_odds or "",
            less=first.over_log_odds or "",
            label=language.emotions[first.emotion],
            rival=language.emotions[first.rival or first.emotion],
            because=language.fill(first.because) if first.because else "",
        )
    reading, facts = "", []
    for statement in statements[1:]:
        if isinstance(statement, ReadingStatement | ComparisonStatement):
            reading = _reading(statement, first, language)
        else:
            facts.append(_fact(statement, language))
    return language.fill(
        f"argument_{first.side}",
        expert=language.expert(first.expert),
        reading=reading,
        facts=f": {', '.join(facts)}" if facts else "",
    )


def _reading(
    said: ReadingStatement | ComparisonStatement,
    argument: ContributionStatement,
    language: Translation,
) -> str:
    if isinstance(said, ReadingStatement):
        too = argument.side == "against" and said.emotion == argument.emotion
        emotion = language.emotions[said.emotion]
        name = "too" if too else "reading"
        return language.fill(name, emotion=emotion, share=said.share or "")
    more, less = (language.emotions[emotion] for emotion in said.emotions)
    first, second = said.shares or ("", "")
    return language.fill(
        "comparison", emotion=more, share=first, other=less, second=second
    )


def _fact(said: Statement, language: Translation) -> str:
    """A part of a sentence: what was measured, quoted or recalled."""
    if isinstance(said, QuotationStatement):
        return language.fill("words", words=f'"{said.words}"')
    if isinstance(said, PrecedentStatement):
        return language.fill(
            "precedent",
            label=language.emotions[said.label],
            similarity=said.similarity or "",
        )
    level = cast(LevelStatement, said)
    text = language.levels[f"{level.measurement} {level.direction}"]
    if level.value and level.unit not in _SILENT_UNITS:
        text += f" ({level.value} {level.unit})"
    if level.span:
        start, end = f"{level.span.start:.1f}", f"{level.span.end:.1f}"
        text += language.fill("span", start=start, end=end)
    return text


def _counterfactual(said: CounterfactualStatement, language: Translation) -> str:
    label = language.emotions[said.label or ""]
    if said.each:
        return language.fill("without_each", label=label)
    experts = language.join([language.without.get(n, n) for n in said.without])
    return language.fill("without", experts=experts, label=label)
