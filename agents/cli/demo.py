"""`affectgraph demo`: the point in one screen."""

from importlib import resources
from pathlib import Path

from rich.console import Console

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.output import show
from affectgraph.tools.clip import Clip

_COMPOSED = (
    "This clip is composed: a photograph of a smiling astronaut (NASA, public domain) "
    "with a flat synthetic voice that says sad words. What should a verdict say?"
)


def demo_clip() -> Clip:
    """The composed clip: one picture, one voice."""
    with resources.as_file(resources.files("affectgraph.agents") / "demo") as folder:
        voice = Clip.open(folder / "speech.ogg").audio()
        return Clip.open(Path(folder) / "astronaut.jpg", audio=voice)


def demo(
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    purpose: options.Purpose = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Analyse a clip whose face, voice and words disagree.

    Example: affectgraph demo
    """
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        memory=options.opened(memory),
        purpose=purpose,
        progress=True,
    )
    verdict = agent.analyze(demo_clip())
    if json:
        print(verdict.to_json())
        return
    console = Console()
    console.print(_COMPOSED, highlight=False)
    show(verdict)
    for note in verdict.provenance.notes:
        console.print(f"[dim]{note}[/]", highlight=False)
