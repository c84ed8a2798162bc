"""`report.html`: one self-contained page without scripts."""

from collections.abc import Mapping

from affectgraph.agents.report.face_stills import FaceStill
from affectgraph.agents.report.sections import create_environment, section_context
from affectgraph.graphs.schema import Verdict


def render_report(
    verdict: Verdict, stills: Mapping[str, FaceStill], *, with_clip: bool
) -> str:
    """Render the report as HTML; text of clips, cases and senses is escaped.

    Args:
        verdict: What to report.
        stills: Images of evidence, by its id.
        with_clip: The clip was available; otherwise the page explains why it has no
            images.
    """
    template = create_environment().get_template("report/page.html")
    return template.render(section_context(verdict, stills, with_clip=with_clip))
