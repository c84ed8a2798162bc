"""What a live session says."""

from typing import Literal

from pydantic import Field

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.evidence import Frozen

LiveState = Literal["silent", "open", "closed"]


class LiveUpdate(Frozen):
    """One statement about the stream.

    Attributes:
        state: `closed` for an utterance that has ended; `open` for one that goes on;
            `silent` while nobody speaks.
        start: Of what was analysed, in seconds of the stream. The times in the verdict
            count from here.
        end: Its end.
        verdict: Of that part alone, as of a clip; None where nothing could be seen or
            heard.
        latency: Seconds from the end of an utterance to this statement; None if it is
            not closed.
        frames: Number of frames that were looked at.
        dropped_frames: Frames that were not looked at, since the session began.
        dropped_seconds: Sound that was not listened to, since the session began.
    """

    state: LiveState
    start: float = Field(ge=0.0)
    end: float = Field(ge=0.0)
    verdict: Verdict | None = None
    latency: float | None = None
    frames: int = 0
    dropped_frames: int = 0
    dropped_seconds: float = 0.0
