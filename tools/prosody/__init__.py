"""The prosody sense: the emotion in a voice, whatever the words."""

from affectgraph.tools.prosody.baseline import VoiceBaseline
from affectgraph.tools.prosody.sense import EMBEDDING_KEY, prosody

__all__ = ["EMBEDDING_KEY", "VoiceBaseline", "prosody"]
