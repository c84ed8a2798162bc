"""Diarisation: who speaks when, for people who are known by their voice alone."""

from affectgraph.tools.diarization.diarize import (
    SpeakerTurn,
    checked_people,
    diarize,
)

__all__ = ["SpeakerTurn", "checked_people", "diarize"]
