"""`report.html`: one page that needs nothing else, and runs nothing."""

from collections.abc import Mapping

from affectgraph.agents.report.face_stills import Shot
from affectgraph.agents.report.sections import templates, told
from affectgraph.graphs.schema import Verdict


def page(verdict: Verdict, shots: Mapping[str, Shot], *, with_clip: bool) -> str:
    """The report as HTML, every word of a clip, a case or a sense escaped.

    Args:
        verdict: What to report.
        shots: Pictures for evidence, by its id.
        with_clip: The clip was at hand; without it the page says why it has none.
    """
    page = templates().get_template("report/page.html")
    return page.render(told(verdict, shots, with_clip=with_clip))
