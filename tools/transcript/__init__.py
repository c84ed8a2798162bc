"""The transcript sense: given or recognised words, and their emotion."""

from affectgraph.tools.clip import Turn
from affectgraph.tools.transcript.emotion import TextReading, classify
from affectgraph.tools.transcript.sense import transcript

__all__ = ["TextReading", "Turn", "classify", "transcript"]
