"""Diarisation: who speaks when, for people who are known by their voice alone."""

from affectgraph.tools.diarization.diarize import (
    SpeakerTurn,
    diarize,
)

__all__ = ["SpeakerTurn", "diarize"]
