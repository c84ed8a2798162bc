"""Who you talk to: the agent, its command line, and what they show.

A smile and sad words: ask, look at the reasons, and ask again without the face.

    >>> from importlib import resources
    >>> from affectgraph.agents import Edits, EmotionAgent, Recorder
    >>> smile = resources.files("affectgraph.agents") / "demo" / "astronaut.jpg"
    >>> agent, recorder = EmotionAgent(llm=None), Recorder()
    >>> verdict = agent.analyze(smile, text="I miss her so much.", record=recorder)
    >>> [conflict.labels for conflict in verdict.conflict]
    [('happy', 'sad')]
    >>> verdict.claims[0].text.partition(":")[0]
    'The answer is probably happy (0.63)'
    >>> agent.what_if(recorder.run, Edits(without=("face",))).verdict.label
    'sad'
"""

from affectgraph.agents import notebook_views as _views  # noqa: F401  registers them
from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.annotation import Annotator
from affectgraph.agents.runs import Event
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun, Recorder
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Case, Correction, Memory
from affectgraph.tools.adapters.langchain import langchain_sense
from affectgraph.tools.calibration import calibrated
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.conformance import Trial, tried
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import (
    Calibration,
    Evidence,
    Measurement,
    Provenance,
    Span,
)
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
    "RecordedRun",
    "Recorder",
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
