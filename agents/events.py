"""What a run tells of itself while it runs."""

from typing import Any

from pydantic import Field

from affectgraph.tools.evidence import Frozen


class Event(Frozen):
    """One step of a run, while it runs.

    Attributes:
        node: Node of the graph.
        event: What happened there.
        detail: More about it.
    """

    node: str
    event: str
    detail: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def of(cls, part: dict[str, Any]) -> "Event":
        """From what a node streams."""
        detail = {key: part[key] for key in part.keys() - {"node", "event"}}
        return cls(node=part["node"], event=part["event"], detail=detail)
