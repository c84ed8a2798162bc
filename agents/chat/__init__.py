"""A conversation about a verdict: questions, changes, and every state kept."""

from affectgraph.agents.chat.messages import Answer, Line, Table, Turn
from affectgraph.agents.chat.parsing import parse
from affectgraph.agents.chat.session import Session, opened

__all__ = ["Answer", "Line", "Session", "Table", "Turn", "opened", "parse"]
