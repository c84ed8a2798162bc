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

from typing import TYPE_CHECKING

from affectgraph.tools.lazy_exports import lazy_exports

if TYPE_CHECKING:
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

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "Annotator": "affectgraph.agents.annotation",
        "Calibration": "affectgraph.tools.evidence",
        "Case": "affectgraph.memory",
        "Clip": "affectgraph.tools.clip",
        "Correction": "affectgraph.memory",
        "Edits": "affectgraph.graphs.replay.edits",
        "EmotionAgent": "affectgraph.agents.agent",
        "Event": "affectgraph.agents.runs",
        "Evidence": "affectgraph.tools.evidence",
        "Limits": "affectgraph.tools.clip",
        "Measurement": "affectgraph.tools.evidence",
        "Memory": "affectgraph.memory",
        "PerceptionTool": "affectgraph.tools.perception",
        "Provenance": "affectgraph.tools.evidence",
        "RecordedRun": "affectgraph.graphs.replay.recording",
        "Recorder": "affectgraph.graphs.replay.recording",
        "SenseError": "affectgraph.tools.errors",
        "Span": "affectgraph.tools.evidence",
        "Trial": "affectgraph.tools.conformance",
        "Verdict": "affectgraph.agents.notebook_views",  # with its view in notebooks
        "WhatIf": "affectgraph.graphs.replay.what_if",
        "calibrated": "affectgraph.tools.calibration",
        "langchain_sense": "affectgraph.tools.adapters.langchain",
        "perception_tool": "affectgraph.tools.perception",
        "tried": "affectgraph.tools.conformance",
    },
)

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
