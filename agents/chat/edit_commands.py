"""Commands that change evidence and compute the verdict again."""

import re
from dataclasses import replace

from affectgraph.agents.chat.answer_lines import describe_label
from affectgraph.agents.chat.context import ChatContext, CommandResult
from affectgraph.agents.chat.messages import AnswerLine, AnswerTable, ChatAnswer
from affectgraph.agents.chat.question_parser import asked_senses
from affectgraph.agents.verdict_diff import diff_verdicts, summarize_what_if
from affectgraph.graphs.replay.edits import Edits
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.evidence import Span

_LOOK = re.compile(r"(\d+(?:\.\d+)?) ?- ?(\d+(?:\.\d+)?)(?: ?s)? +(\w+)")


def leave_out(context: ChatContext, arguments: str) -> CommandResult:
    """`/without`: leave senses out."""
    names = dict.fromkeys([*context.edits.without, *_sense_names(context, arguments)])
    return _apply(context, context.edited(without=tuple(names)))


def keep_only(context: ChatContext, arguments: str) -> CommandResult:
    """`/only`: leave all other senses out."""
    names = tuple(_sense_names(context, arguments))
    return _apply(context, context.edited(only=names, without=()))


def take_back(context: ChatContext, arguments: str) -> CommandResult:
    """`/back`: undo leaving senses out."""
    names, edits = _sense_names(context, arguments), context.edits
    for name in names:
        active = name not in edits.without and name in (edits.only or context.senses)
        if active or name not in context.senses:
            raise SettingError(f"{name!r} is not left out")
    without = tuple(name for name in edits.without if name not in names)
    only = tuple(dict.fromkeys([*edits.only, *names])) if edits.only else ()
    return _apply(context, context.edited(without=without, only=only))


def set_value(context: ChatContext, arguments: str) -> CommandResult:
    """`/set`: change a measurement, a quality or a distribution."""
    values = Edits.of([re.sub(r"\s+", "=", arguments, count=1)]).values
    return _apply(context, context.edited(values={**context.edits.values, **values}))


def look_closer(context: ChatContext, arguments: str) -> ChatAnswer | CommandResult:
    """`/look`: run one sense again on a part of the clip, and add its evidence."""
    match = _LOOK.fullmatch(arguments)
    if match is None or float(match[1]) > float(match[2]):
        raise SettingError("write /look START-END SENSE, as in /look 2.0-3.5 face")
    if context.clip is None:
        raise SettingError("the clip is not available: start affectgraph chat CLIP")
    sense = match[3]
    span = Span(start=float(match[1]), end=float(match[2]))
    try:
        evidence = context.agent.look(
            context.clip, sense, span, _next_number(context, sense)
        )
    except AffectgraphError:
        raise
    except Exception as error:  # a plug-in may raise anything
        raise SettingError(f"{sense} failed: {one_line(error)}") from error
    if not evidence:
        return ChatAnswer.of_text(f"{sense} found nothing at {span}.")
    result = _apply(context, context.edited(added=(*context.edits.added, *evidence)))
    observations = tuple(
        AnswerLine(text=p.observation, cites=(p.id,)) for p in evidence
    )
    lines = (*observations, *result.answer.lines)
    return replace(result, answer=result.answer.model_copy(update={"lines": lines}))


def _next_number(context: ChatContext, sense: str) -> int:
    """The first number that no evidence id of a sense has."""
    record = context.run.record
    prefixes = {s.modality: s.prefix for s in record.senses}
    prefix = prefixes.get(sense, "")
    evidence = (
        *record.verdict.evidence,
        *context.edits.added,
        *context.verdict.evidence,
    )
    numbers = [int(piece.id[1:]) for piece in evidence if piece.id[:1] == prefix]
    return max(numbers, default=0) + 1


def _apply(context: ChatContext, edited: ChatContext) -> CommandResult:
    """Compute the verdict with other edits, and describe the differences."""
    outcome = edited.outcome(edited.edits)
    before, after = context.verdict, outcome.verdict
    change = f"It was {describe_label(before)}; it is {describe_label(after)}."
    lines = [AnswerLine(text=change), AnswerLine(text=summarize_what_if(outcome))]
    for title, claims in (
        ("No longer claimed", [c for c in before.claims if c not in after.claims]),
        ("Now claimed", [c for c in after.claims if c not in before.claims]),
    ):
        lines += [AnswerLine(text=f"{title}: {c.text}", cites=c.cites) for c in claims]
    rows = tuple(
        (name, old, new)
        for name, (old, new) in diff_verdicts(before, after).items()
        if old != new
    )
    tables = (AnswerTable(columns=("", "before", "now"), rows=rows),) if rows else ()
    return CommandResult(ChatAnswer(lines=tuple(lines), tables=tables), edited.edits)


def _sense_names(context: ChatContext, arguments: str) -> list[str]:
    """Modalities by any of their names: `/without voice` leaves out prosody."""
    senses = asked_senses(context.senses)
    words = arguments.replace(",", " ").lower().split()
    names = [senses.get(word, word) for word in words]
    if not names:
        raise SettingError("name a sense, as in /without face")
    return names
