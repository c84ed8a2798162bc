"""A clip: what is analysed, with a time axis in seconds."""

from affectgraph.tools.clip.clip import Clip, ClipInfo
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.pictures import Frame
from affectgraph.tools.clip.sound import SAMPLING_RATE
from affectgraph.tools.clip.turn import Turn

__all__ = ["SAMPLING_RATE", "Clip", "ClipInfo", "Frame", "Limits", "Turn"]
