"""Reports: a verdict as HTML page, JSON, timeline image and annotated video."""

from affectgraph.agents.report.folder import write

__all__ = ["write"]
