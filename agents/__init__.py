"""Who you talk to: the agent, its command line, and what they show."""

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.annotator import Annotator
from affectgraph.agents.event import Event
from affectgraph.agents.trial import Trial, tried
from affectgraph.graphs.edits import Edits
from affectgraph.graphs.recording import Recorder, Run
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.whatif import WhatIf
from affectgraph.memory import Case, Correction, Memory
from affectgraph.tools.calibration import calibrated
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import (
    Calibration,
    Evidence,
    Measurement,
    Provenance,
    Span,
)
from affectgraph.tools.langchain import langchain_sense
from affectgraph.tools.perception import PerceptionTool, perception_tool

__all__ = [
    "Annotator",
    "Calibration",
    "Case",
    "Clip",
    "Correction",
    "Edits",
    "EmotionAgent",
    "Event",
    "Evidence",
    "Limits",
    "Measurement",
    "Memory",
    "PerceptionTool",
    "Provenance",
    "Recorder",
    "Run",
    "SenseError",
    "Span",
    "Trial",
    "Verdict",
    "WhatIf",
    "calibrated",
    "langchain_sense",
    "perception_tool",
    "tried",
]
