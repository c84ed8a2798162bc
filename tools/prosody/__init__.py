"""The prosody sense: how something is said."""

from affectgraph.tools.prosody.baseline import VoiceBaseline
from affectgraph.tools.prosody.sense import EMBEDDING, prosody

__all__ = ["EMBEDDING", "VoiceBaseline", "prosody"]
