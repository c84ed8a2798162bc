"""HTML of verdicts and agents in notebooks."""

from collections.abc import Mapping

from affectgraph.graphs.notebook import render_html
from affectgraph.graphs.schema import Verdict


def agent_html(settings: Mapping[str, str]) -> str:
    """The settings of an agent as a table."""
    # Imported here: templates are slow to import, and few programs are notebooks.
    from affectgraph.agents.report.sections import create_environment

    template = create_environment().get_template("report/agent.html")
    return template.render(settings=settings)


@render_html.register
def verdict_html(verdict: Verdict) -> str:
    """The label, its distribution, the explanation and the timeline, without scripts.

    An iframe keeps styles and anchors apart from the notebook and other verdicts.
    """
    from affectgraph.agents.report.sections import create_environment, section_context

    template = create_environment().get_template("report/notebook.html")
    document = template.render(section_context(verdict, {}, with_clip=True))
    frame = create_environment().get_template("report/notebook_frame.html")
    return frame.render(document=document, verdict=verdict)
