"""Reports: what a verdict says about one clip, as files that last."""

from affectgraph.agents.report.folder import write

__all__ = ["write"]
