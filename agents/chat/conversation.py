"""The conversation graph: each line is one run of it, each answer a checkpoint.

A run ends with its answer and needs no interrupt: the process may end between any two
lines, and every state stays in the history of the thread.
"""

from collections.abc import Callable
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from affectgraph.agents.chat import (
    change_answers,
    clip_answers,
    commands,
    expert_answers,
    fact_answers,
)
from affectgraph.agents.chat.context import ChatContext, CommandResult
from affectgraph.agents.chat.fixed_answers import FIXED_ANSWERS, fixed_answer
from affectgraph.agents.chat.messages import (
    AnswerLine,
    ChatAnswer,
    ChatTurn,
    parse_line,
)
from affectgraph.agents.chat.question_parser import (
    ParsedQuestion,
    parse_question,
)
from affectgraph.graphs.reasoner.answers import answer_with_claims, classify_question
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.verdict.claim_facts import facts_of
from affectgraph.tools.emotions import top_emotion

Answer = ChatAnswer | CommandResult | list[AnswerLine]
_ANSWERS: dict[str, Callable[[ChatContext, ParsedQuestion], Answer]] = {
    "summary": clip_answers.summarize,
    "why": fact_answers.explain_label,
    "why_not": fact_answers.explain_label,
    "compare": clip_answers.compare_labels,
    "when": clip_answers.tell_when,
    "which_words": clip_answers.list_words,
    "which_person": clip_answers.describe_people,
    "what_if": change_answers.answer_what_if,
    "how_sure": fact_answers.describe_confidence,
    "what_would_change": fact_answers.list_counterfactuals,
    "sarcasm": clip_answers.tell_irony,
    "similar_cases": fact_answers.list_cases,
    "correct": change_answers.offer_correction,
    "undo": change_answers.undo,
    "play": clip_answers.tell_how_to_play,
    "evidence": fact_answers.list_evidence,
    "conflict": fact_answers.list_conflicts,
    "contribution": expert_answers.describe_contributions,
}
# What a language model may be asked about; the rest needs no understanding of it.
_TOPICS = (
    "why", "evidence", "how_sure", "what_would_change", "contribution",
    "similar_cases", "conflict",
)  # fmt: skip
_MAX_REWORDED = 3
_NOT_UNDERSTOOD = (
    "The question was not understood. You can ask, for example: why not sad? What did "
    "the voice sound like at two seconds? What if you ignore the face? Or /help"
)


class ConversationState(TypedDict, total=False):
    """State of a conversation.

    `run` is the file name of the recorded run; `turn` is a `ChatTurn` as plain JSON.
    """

    line: str
    run: str
    turn: dict[str, Any]


def classify_line(state: ConversationState) -> Literal["begin", "command", "question"]:
    """Route a line to its node."""
    if not state["line"]:
        return "begin"
    command_name, _ = parse_line(state["line"])
    return "command" if command_name else "question"


def begin(state: ConversationState, runtime: Runtime[ChatContext]) -> ConversationState:
    """Open the conversation with the claims of the verdict."""
    context = runtime.context
    verdict = context.verdict
    lines = tuple(
        AnswerLine(
            text=claim.text,
            cites=claim.cites,
            side=claim.side,
            by="llm" if verdict.explanation_source == "llm" else "facts",
        )
        for claim in verdict.claims
    )
    result = CommandResult(ChatAnswer(lines=lines), context.edits)
    return _record_turn(context, "", result)


def command(
    state: ConversationState, runtime: Runtime[ChatContext]
) -> ConversationState:
    """Run a command."""
    context, line = runtime.context, state["line"]
    return _record_turn(context, line, commands.run_command(context, line))


def question(
    state: ConversationState, runtime: Runtime[ChatContext]
) -> ConversationState:
    """Answer a question."""
    context, line = runtime.context, state["line"]
    result = change_answers.answer_offer(context, line)
    return _record_turn(context, line, result or answer_question(context, line))


def _record_turn(
    context: ChatContext, line: str, result: CommandResult
) -> ConversationState:
    verdict = context.edited(**dict(result.edits)).verdict
    turn = ChatTurn(
        step=0 if context.last is None else context.last.step + 1,
        line=line,
        answer=result.answer,
        edits=result.edits,
        label=verdict.label,
        confidence=verdict.confidence,
    )
    return {"turn": turn.model_dump(mode="json")}


builder = StateGraph(ConversationState, context_schema=ChatContext)
builder.add_node("begin", begin)
builder.add_node("command", command)
builder.add_node("question", question)
builder.add_conditional_edges(START, classify_line)
builder.add_edge("begin", END)
builder.add_edge("command", END)
builder.add_edge("question", END)


def answer_question(context: ChatContext, text: str) -> CommandResult:
    """Answer a question.

    Computed facts, such as probabilities, checks and counterfactuals, are rendered. A
    language model rewords observations, and classifies questions that the classifier
    does not understand.
    """
    reasoner = context.agent.reasoner
    question = parse_question(text, context.verdict)
    if question is None and reasoner is not None:
        question = _classify(context, text, reasoner)
    if question is None:
        answer = ChatAnswer.of_text(_NOT_UNDERSTOOD, problem=True)
        return CommandResult(answer, context.edits)
    result = CommandResult(ChatAnswer(), context.edits)
    for intent in question.intents:
        result = _add_answer(context, question, intent, result)
    if reasoner is not None and {"why", "why_not", "evidence"} & {*question.intents}:
        label = question.label or top_emotion(context.verdict.distribution)
        lines = _reword(context, text, label, [*result.answer.lines], reasoner)
        answer = result.answer.model_copy(update={"lines": tuple(lines)})
        result = CommandResult(answer, result.edits)
    return result


def _add_answer(
    context: ChatContext, question: ParsedQuestion, intent: str, before: CommandResult
) -> CommandResult:
    """Append the answer to one intent of a question."""
    if intent in FIXED_ANSWERS:
        given: Answer = fixed_answer(intent)
    else:
        given = _ANSWERS[intent](context, question)
    if isinstance(given, list):
        given = ChatAnswer(lines=tuple(given))
    if isinstance(given, ChatAnswer):
        given = CommandResult(given, before.edits)
    lines = (*before.answer.lines, *given.answer.lines)
    return CommandResult(ChatAnswer(lines=lines), given.edits)


def _classify(
    context: ChatContext, text: str, reasoner: Reasoner
) -> ParsedQuestion | None:
    fields = classify_question(text, _TOPICS, context.senses, reasoner)
    if not fields:
        return None
    label, sense = fields.get("emotion"), fields.get("sense")
    labels = (label,) if label else ()
    return ParsedQuestion(intents=(fields["topic"],), labels=labels, sense=sense)


def _reword(
    context: ChatContext,
    text: str,
    label: str,
    lines: list[AnswerLine],
    reasoner: Reasoner,
) -> list[AnswerLine]:
    """Replace observations by the model's wording, where the checker accepts it."""
    evidence = context.evidence
    observations = {
        line.cites[0]: line
        for line in lines
        if len(line.cites) == 1
        and line.cites[0] in evidence
        and line.text == evidence[line.cites[0]].observation
    }
    ids = [*observations][:_MAX_REWORDED]
    if not ids:
        return lines
    pieces = [evidence[name] for name in ids]
    facts = facts_of(context.verdict)
    claims, rejected = answer_with_claims(text, label, pieces, facts, reasoner)
    notes = [AnswerLine(text=f"({note})") for note in rejected]
    if not claims:
        return [*lines, *notes]
    claims_by_id = {claim.cites[0]: claim for claim in claims}
    reworded: list[AnswerLine] = []
    for line in lines:
        name = line.cites[0] if line in observations.values() else ""
        if name in claims_by_id:
            claim = claims_by_id[name]
            changes = {"text": claim.text, "cites": claim.cites, "by": "llm"}
            reworded.append(line.model_copy(update=changes))
        elif name not in ids:
            reworded.append(line)
    return [*reworded, *notes]
