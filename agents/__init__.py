"""Who you talk to: the agent, its command line, and what they show."""

from affectgraph.agents.agent import EmotionAgent, Event
from affectgraph.graphs.edits import Edits
from affectgraph.graphs.recording import Recorder, Run
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.whatif import WhatIf
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span
from affectgraph.tools.perception import PerceptionTool, perception_tool

__all__ = [
    "Clip",
    "Edits",
    "EmotionAgent",
    "Event",
    "Evidence",
    "Limits",
    "Measurement",
    "PerceptionTool",
    "Provenance",
    "Recorder",
    "Run",
    "Span",
    "Verdict",
    "WhatIf",
    "perception_tool",
]
