"""The conversation graph: each line is one run of it, each answer a checkpoint.

A run ends with its answer and needs no interrupt: the process may end between any two
lines, and every state stays in the history of the thread.
"""

from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from affectgraph.agents.chat import commands, questions
from affectgraph.agents.chat.context import ChatContext, CommandResult
from affectgraph.agents.chat.messages import AnswerLine, ChatAnswer, ChatTurn
from affectgraph.agents.chat.parsing import parse_line


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
            side="for" if claim.supports else "against",
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
    answer = questions.answer_question(context, line)
    return _record_turn(context, line, CommandResult(answer, context.edits))


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
