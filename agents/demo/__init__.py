"""The clip of the demo: a photograph and a synthetic voice."""

from importlib import resources
from pathlib import Path

from affectgraph.tools.clip import Clip

DESCRIPTION = (
    "This clip is composed: a photograph of a smiling astronaut (NASA, public domain) "
    "with a flat synthetic voice that says sad words. What should a verdict say?"
)


def demo_clip() -> Clip:
    """Open the clip: one picture, one voice."""
    with resources.as_file(resources.files("affectgraph.agents") / "demo") as folder:
        voice = Clip.open(folder / "speech.ogg").audio()
        return Clip.open(Path(folder) / "astronaut.jpg", audio=voice)
