"""`affectgraph demo`: the point in one screen."""

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.output import show
from affectgraph.agents.demo import COMPOSED, demo_clip
from affectgraph.tools.io.terminal import Terminal


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
    console = Terminal()
    console.print(COMPOSED, highlight=False)
    show(verdict)
    for note in verdict.provenance.notes:
        console.print(note, style="dim", highlight=False)
