"""A conversation about a verdict: questions and changes, with every state stored."""

from affectgraph.agents.chat.messages import (
    AnswerLine,
    AnswerTable,
    ChatAnswer,
    ChatTurn,
    parse_line,
)
from affectgraph.agents.chat.session import Session, opened

__all__ = [
    "AnswerLine",
    "AnswerTable",
    "ChatAnswer",
    "ChatTurn",
    "Session",
    "opened",
    "parse_line",
]
