"""The conversation graph: each line is one run of it, each answer a checkpoint.

A run ends with its answer, so there is nothing to interrupt: a terminal may close, or
be killed, between any two lines, and every state stays in the thread's history.
"""

from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from affectgraph.agents.chat import commands, questions
from affectgraph.agents.chat.context import Reply, Talk
from affectgraph.agents.chat.messages import Answer, Line, Turn
from affectgraph.agents.chat.parsing import parse


class State(TypedDict, total=False):
    """One state of a conversation.

    `run` names the file of the recorded run; `turn` is a `Turn` in plain JSON.
    """

    line: str
    run: str
    turn: dict[str, Any]


def sort(state: State) -> Literal["begin", "command", "question"]:
    """What kind of line it is."""
    if not state["line"]:
        return "begin"
    command, _ = parse(state["line"])
    return "command" if command else "question"


def begin(state: State, runtime: Runtime[Talk]) -> State:
    """The verdict comes first."""
    talk = runtime.context
    claims = talk.verdict.claims
    lines = tuple(
        Line(
            text=claim.text,
            cites=claim.cites,
            side="for" if claim.supports else "against",
            by="llm" if talk.verdict.explanation_source == "llm" else "facts",
        )
        for claim in claims
    )
    return _turned(talk, "", Reply(Answer(lines=lines), talk.edits))


def command(state: State, runtime: Runtime[Talk]) -> State:
    """Do what was commanded."""
    talk = runtime.context
    return _turned(talk, state["line"], commands.obey(talk, state["line"]))


def question(state: State, runtime: Runtime[Talk]) -> State:
    """Answer what was asked."""
    talk = runtime.context
    reply = Reply(questions.answer(talk, state["line"]), talk.edits)
    return _turned(talk, state["line"], reply)


def _turned(talk: Talk, line: str, reply: Reply) -> State:
    verdict = talk.edited(**dict(reply.edits)).verdict
    turn = Turn(
        step=0 if talk.last is None else talk.last.step + 1,
        line=line,
        answer=reply.answer,
        edits=reply.edits,
        label=verdict.label,
        confidence=verdict.confidence,
    )
    return {"turn": turn.model_dump(mode="json")}


builder = StateGraph(State, context_schema=Talk)
builder.add_node("begin", begin)
builder.add_node("command", command)
builder.add_node("question", question)
builder.add_conditional_edges(START, sort)
builder.add_edge("begin", END)
builder.add_edge("command", END)
builder.add_edge("question", END)
