"""A run of the graph: how it starts, new or resumed, and its events."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from pydantic import Field

from affectgraph.agents.tracing import tracing_callbacks
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.tools.clip import Clip, ClipInfo
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath
from affectgraph.tools.io.processors import processor_count


def open_recorder(record: Recorder | AnyPath | None) -> Recorder | None:
    """Return a recorder for a folder; a recorder or None is returned as it is."""
    if record is None or isinstance(record, Recorder):
        return record
    return Recorder(record)


def run_config(thread: str) -> RunnableConfig:
    """Return the LangGraph configuration of a thread."""
    return {
        "configurable": {"thread_id": thread},
        # LangGraph keeps one worker waiting for what nodes stream.
        "max_concurrency": processor_count() + 1,
        "callbacks": tracing_callbacks(),
    }


def run_input(runs: RunStore, clip: Clip, config: RunnableConfig) -> Any:
    """The input of a new run, None to resume one, or the verdict of a past one."""
    state = runs.state(config)
    stored = state.values.get("clip")
    if stored is None:
        return {"clip": clip.info}
    if not isinstance(stored, ClipInfo) or stored.sha256 != clip.sha256:
        name = config["configurable"]["thread_id"]
        raise SettingError(f"thread {name!r} holds another clip; use a new name")
    # A killed run can end after a step is stored and before the next one is.
    return None if state.next else state.values.get("verdict")


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
