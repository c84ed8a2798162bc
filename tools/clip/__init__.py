"""A clip: what is analysed, with a time axis in seconds."""

from affectgraph.tools.clip.audio import SAMPLING_RATE
from affectgraph.tools.clip.clip import Clip
from affectgraph.tools.clip.clip_info import ClipInfo, Turn
from affectgraph.tools.clip.frames import Frame
from affectgraph.tools.clip.limits import Limits

__all__ = ["SAMPLING_RATE", "Clip", "ClipInfo", "Frame", "Limits", "Turn"]
