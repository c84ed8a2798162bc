"""The transcript sense: words recognised or given, and the emotion they express."""

from affectgraph.tools.clip import Turn
from affectgraph.tools.transcript.emotion import Reading, classify
from affectgraph.tools.transcript.sense import transcript

__all__ = ["Reading", "Turn", "classify", "transcript"]
