"""One import of faster-whisper for all threads.

Two threads that first import different modules of one package wait for each other, and
Python ends one of them with a deadlock error. So everything is imported here, under a
lock; imports stay cheap until a sense needs them.
"""

from threading import Lock
from typing import Any, NamedTuple

_IMPORT_LOCK = Lock()


class FasterWhisper(NamedTuple):
    """What the senses use of the library."""

    model: Any
    feature_extractor: Any
    vad_options: Any
    get_speech_timestamps: Any


def import_faster_whisper() -> FasterWhisper:
    """Import the library; later calls return at once."""
    with _IMPORT_LOCK:
        from faster_whisper import WhisperModel
        from faster_whisper.feature_extractor import FeatureExtractor
        from faster_whisper.vad import VadOptions, get_speech_timestamps
    return FasterWhisper(
        WhisperModel, FeatureExtractor, VadOptions, get_speech_timestamps
    )
