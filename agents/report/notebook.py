"""The head of the report, and an agent, as cells of a notebook show them."""

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.report.sections import templates, told
from affectgraph.graphs.notebook import render_html
from affectgraph.graphs.schema import Verdict


@render_html.register
def agent_html(agent: EmotionAgent) -> str:
    """What an agent works with, as a table."""
    page = templates().get_template("report/agent.html")
    return page.render(settings=agent.described)


@render_html.register
def verdict_html(verdict: Verdict) -> str:
    """The answer, its distribution, why, and the timeline; nothing in it is run.

    Styles and anchors stay in a frame of their own, apart from the notebook's and from
    those of other verdicts.
    """
    page = templates().get_template("report/notebook.html")
    document = page.render(told(verdict, {}, with_clip=True))
    frame = templates().get_template("report/notebook_frame.html")
    return frame.render(document=document, verdict=verdict)
