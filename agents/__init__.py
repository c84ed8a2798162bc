"""Who you talk to: the agent, its command line, and what they show."""

from affectgraph.agents.agent import EmotionAgent, Event
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span
from affectgraph.tools.perception import PerceptionTool, perception_tool

__all__ = [
    "Clip",
    "EmotionAgent",
    "Event",
    "Evidence",
    "Limits",
    "Measurement",
    "PerceptionTool",
    "Provenance",
    "Span",
    "Verdict",
    "perception_tool",
]
