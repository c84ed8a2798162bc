"""The prosody sense: how something is said."""

from affectgraph.tools.prosody.sense import EMBEDDING, prosody
from affectgraph.tools.prosody.speaker import SpeakerBaseline

__all__ = ["EMBEDDING", "SpeakerBaseline", "prosody"]
