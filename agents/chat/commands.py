"""The commands of a conversation: a table of functions, and their completion."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from affectgraph.agents.annotation import checked_label
from affectgraph.agents.chat import edit_commands, fact_answers, tables
from affectgraph.agents.chat.answer_lines import describe_label
from affectgraph.agents.chat.change_answers import correct
from affectgraph.agents.chat.context import ChatContext, CommandResult
from affectgraph.agents.chat.messages import AnswerTable, ChatAnswer, parse_line
from affectgraph.agents.chat.question_parser import ParsedQuestion
from affectgraph.agents.chat.save import save
from affectgraph.agents.verdict_diff import diff_verdicts, summarize_what_if
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        usage: Name and arguments.
        help: What the command does.
        run: Runs it with the rest of the line; an answer alone leaves the edits.
    """

    usage: str
    help: str
    run: Callable[[ChatContext, str], ChatAnswer | CommandResult]

    @property
    def name(self) -> str:
        """First word of the usage."""
        return self.usage.split()[0]


def run_command(context: ChatContext, line: str) -> CommandResult:
    """Run a line that begins with `/`; an error becomes the answer."""
    name, arguments = parse_line(line)
    try:
        if name not in COMMANDS:
            raise SettingError(f"there is no {name}; /help lists the commands")
        result = COMMANDS[name].run(context, arguments)
    except AffectgraphError as error:
        result = ChatAnswer.of_text(one_line(error), problem=True)
    if isinstance(result, CommandResult):
        return result
    return CommandResult(result, context.edits)


def _evidence(context: ChatContext, arguments: str) -> ChatAnswer:
    names = arguments.split()
    known = {**dict.fromkeys(context.senses), **dict.fromkeys(context.evidence)}
    for name in names:
        if name not in known:
            raise SettingError(f"no {name!r} here; there are {', '.join(known)}")
    ids = [name for name in names if name in context.evidence]
    if ids:
        lines = [
            line for name in ids for line in fact_answers.describe_id(context, name)
        ]
        return ChatAnswer(lines=tuple(lines))
    table = tables.evidence_table(context.verdict, names or context.senses)
    return ChatAnswer(tables=(table,))


def _why(context: ChatContext, arguments: str) -> ChatAnswer:
    label = checked_label(arguments) if arguments else None
    question = ParsedQuestion(intents=("why",), labels=(label,) if label else ())
    lines = fact_answers.explain_label(context, question, complete=True)
    return ChatAnswer(lines=tuple(lines))


def _cases(context: ChatContext, arguments: str) -> ChatAnswer:
    lines = fact_answers.list_cases(context, ParsedQuestion(intents=("similar_cases",)))
    return ChatAnswer(lines=tuple(lines))


def _case(context: ChatContext, arguments: str) -> ChatAnswer:
    if arguments not in context.case_ids:
        known = ", ".join(context.case_ids) or "none"
        raise SettingError(f"there is no case {arguments!r}; there are {known}")
    return ChatAnswer(lines=tuple(fact_answers.describe_id(context, arguments)))


def _compare(context: ChatContext, arguments: str) -> ChatAnswer:
    if not context.edits.descriptions:
        return ChatAnswer.of_text("Nothing is changed: this is the run as recorded.")
    fields = diff_verdicts(context.run.record.verdict, context.verdict)
    table = AnswerTable(
        columns=("", "recorded", "; ".join(context.edits.descriptions)),
        rows=tuple((name, *values) for name, values in fields.items()),
    )
    summary = summarize_what_if(context.outcome(context.edits))
    return ChatAnswer.of_text(summary).model_copy(update={"tables": (table,)})


def _rewind(context: ChatContext, arguments: str) -> ChatAnswer | CommandResult:
    turns = context.history()
    if not arguments:
        return ChatAnswer(tables=(tables.history_table(turns),))
    by_step = {str(turn.step): turn for turn in turns}
    if arguments not in by_step:
        raise SettingError(
            f"there is no step {arguments!r}; there are 0 to {len(turns) - 1}"
        )
    edits = by_step[arguments].edits
    verdict = context.edited(**dict(edits)).verdict
    state = "; ".join(edits.descriptions) or "as recorded"
    answer = ChatAnswer.of_text(
        f"As after step {arguments}: {state}.", f"It is {describe_label(verdict)}."
    )
    return CommandResult(answer, edits)


def _fork(context: ChatContext, arguments: str) -> ChatAnswer:
    if not re.fullmatch(r"[\w.-]+", arguments):
        raise SettingError("write /fork NAME: letters, digits, . _ -")
    context.fork(arguments)
    return ChatAnswer.of_text(f"Copied; continue the copy with --thread {arguments}")


def _graph(context: ChatContext, arguments: str) -> ChatAnswer:
    outcome = context.outcome(context.edits) if context.edits.descriptions else None
    return ChatAnswer(tables=(tables.graph_table(context.verdict, outcome),))


def _trace(context: ChatContext, arguments: str) -> ChatAnswer:
    calls = tables.trace_table(context.run.record)
    return ChatAnswer(tables=(calls, tables.history_table(context.history())))


def _correct(context: ChatContext, arguments: str) -> ChatAnswer:
    label, _, note = arguments.partition(" ")
    if not label:
        raise SettingError("write /correct LABEL NOTE")
    return correct(context, label, note.strip())


def _save(context: ChatContext, arguments: str) -> ChatAnswer:
    file = save(arguments, context.verdict, context.history())
    return ChatAnswer.of_text(f"Written: {file}")


def _help(context: ChatContext, arguments: str) -> ChatAnswer:
    rows = tuple((command.usage, command.help) for command in COMMANDS.values())
    table = AnswerTable(columns=("command", "effect"), rows=rows)
    text = (
        "You can also ask in plain English: why not angry? What did the voice say at "
        "two seconds? How sure are you, and what would change your mind?"
    )
    return ChatAnswer.of_text(text).model_copy(update={"tables": (table,)})


COMMANDS = {
    command.name: command
    for command in (
        Command("/evidence [SENSE or ID]", "show the evidence", _evidence),
        Command("/why [LABEL]", "show what speaks for and against an emotion", _why),
        Command("/without SENSE...", "leave senses out", edit_commands.leave_out),
        Command("/only SENSE...", "keep only these senses", edit_commands.keep_only),
        Command("/back SENSE...", "take senses back in", edit_commands.take_back),
        Command(
            "/look START-END SENSE",
            "run a sense again on a part of the clip",
            edit_commands.look_closer,
        ),
        Command(
            "/set ID.NAME VALUE", "change a piece of evidence", edit_commands.set_value
        ),
        Command("/cases", "list the recalled cases", _cases),
        Command("/case C1", "show one case", _case),
        Command("/compare", "compare the changed run with the record", _compare),
        Command("/rewind [STEP]", "go back to a step, or list the steps", _rewind),
        Command("/fork NAME", "copy this conversation to another thread", _fork),
        Command("/graph", "show the result of each graph node", _graph),
        Command("/trace", "show all external calls and steps", _trace),
        Command("/correct LABEL NOTE", "store the right label in memory", _correct),
        Command("/save FILE", "write the verdict (.json) or the chat (.md)", _save),
        Command("/help", "list the commands", _help),
    )
}


def complete_line(context: ChatContext, line: str) -> list[str]:
    """Candidates for the last word of a line that begins with `/`."""
    if not line.startswith("/"):
        return []
    *before, last = line.split(" ")
    candidates = _candidates(context, before) if before else COMMANDS
    return [word for word in candidates if word.startswith(last)]


def _candidates(context: ChatContext, before: list[str]) -> Iterable[str]:
    match before:
        case ["/evidence", *_]:
            return [*context.senses, *context.evidence]
        case ["/without" | "/only", *names]:
            return [sense for sense in context.senses if sense not in names]
        case ["/back", *names]:
            return [sense for sense in context.edits.without if sense not in names]
        case ["/why" | "/correct"]:
            return BASIC_EMOTIONS
        case ["/look"]:
            return [f"0.0-{context.verdict.clip.seconds:.1f}"]
        case ["/look", _]:
            return context.senses
        case ["/set"]:
            return _editable_values(context)
        case ["/set", target]:
            numeric = not target.endswith((".quality", ".distribution"))
            return ("low", "typical", "high") if numeric else ()
        case ["/case"]:
            return context.case_ids
        case ["/rewind"]:
            return [str(turn.step) for turn in context.history()]
    return ()


def _editable_values(context: ChatContext) -> list[str]:
    return [
        f"{piece.id}.{name.replace(' ', '_')}"
        for piece in context.evidence.values()
        for name in (
            *piece.measurements,
            "quality",
            *(["distribution"] if piece.distribution else []),
        )
    ]
