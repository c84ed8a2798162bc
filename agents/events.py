"""Events of a run while it runs."""

from typing import Any

from pydantic import Field

from affectgraph.tools.evidence import Frozen


class Event(Frozen):
    """One event of a run.

    Attributes:
        node: Node of the graph.
        event: What happened, such as `started` or `done`.
        detail: Further data, such as the name of the tool.
    """

    node: str
    event: str
    detail: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def of(cls, part: dict[str, Any]) -> "Event":
        """Create an event from what a node streams."""
        detail = {key: part[key] for key in part.keys() - {"node", "event"}}
        return cls(node=part["node"], event=part["event"], detail=detail)
