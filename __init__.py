"""Affectgraph tells what emotion a person expresses in a clip, and why.

Importing it costs nothing: each name is loaded when it is first used.

    >>> from affectgraph import EmotionAgent
    >>> EmotionAgent(llm=None).analyze(text="I am so happy that you came!").label
    'happy'
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from affectgraph.agents import Verdict
    from affectgraph.agents.agent import EmotionAgent
    from affectgraph.tools.clip import Clip
    from affectgraph.tools.perception import perception_tool

    __version__: str
else:
    _MODULES = {
        "Clip": "affectgraph.tools.clip",
        "EmotionAgent": "affectgraph.agents.agent",
        "Verdict": "affectgraph.agents",  # with what shows it in a notebook
        "perception_tool": "affectgraph.tools.perception",
    }

    def __getattr__(name):
        """Load a public name when it is first used (PEP 562)."""
        if name == "__version__":
            from importlib.metadata import version

            value = version(__name__)
        elif name in _MODULES:
            from importlib import import_module

            value = getattr(import_module(_MODULES[name]), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})


__all__ = ["Clip", "EmotionAgent", "Verdict", "__version__", "perception_tool"]
