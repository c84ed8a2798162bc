"""Affectgraph tells what emotion a person expresses in a clip, and why.

Importing it costs nothing: each name is loaded when it is first used.

    >>> from affectgraph import EmotionAgent
    >>> EmotionAgent(llm=None).analyze(text="I am so happy that you came!").label
    'happy'
"""

from importlib.metadata import version
from typing import TYPE_CHECKING

from affectgraph.tools.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from affectgraph.agents import Verdict
    from affectgraph.agents.agent import EmotionAgent
    from affectgraph.tools.clip import Clip
    from affectgraph.tools.perception import perception_tool

__version__ = version("affectgraph")

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "Clip": "affectgraph.tools.clip",
        "EmotionAgent": "affectgraph.agents.agent",
        "Verdict": "affectgraph.agents",
        "perception_tool": "affectgraph.tools.perception",
    },
)


__all__ = ["Clip", "EmotionAgent", "Verdict", "__version__", "perception_tool"]
