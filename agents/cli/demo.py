"""`affectgraph demo`: a first verdict on one screen."""

from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.output import print_notice, print_verdict
from affectgraph.agents.demo import DESCRIPTION, demo_clip
from affectgraph.tools.io.terminal import Terminal


def demo(
    llm: options.Llm = None,
    no_llm: options.NoLlm = False,
    purpose: options.Purpose = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Analyse a clip whose face, voice and words disagree.

    Example: affectgraph demo
    """
    agent = options.AgentOptions(llm=llm, no_llm=no_llm, purpose=purpose).create_agent(
        memory=case_memory.open_if_exists(memory)
    )
    verdict = agent.analyze(demo_clip())
    if json:
        print(verdict.to_json())
        return
    console = Terminal()
    console.print(DESCRIPTION, highlight=False)
    print_verdict(verdict)
    print_notice(verdict)
    for note in verdict.provenance.notes:
        console.print(note, style="dim", highlight=False)
