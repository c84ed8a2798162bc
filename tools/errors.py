"""Every error that a user can meet: typed, one line, saying what to do."""

from pydantic import ValidationError

from affectgraph.tools.io.sanitize import plain

_LONGEST = 1_000


class AffectgraphError(Exception):
    """Base of all errors raised on purpose; its text is one line for a person.

    What it quotes of a file or a reply can neither break the line nor steer a terminal.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(_shortened(plain(text), _LONGEST))


class ClipError(AffectgraphError):
    """A clip cannot be used as it is."""


class ClipNotFoundError(ClipError):
    """No file at that path."""


class NotMediaError(ClipError):
    """The bytes are no media that can be decoded."""


class EmptyClipError(ClipError):
    """The clip holds nothing: zero bytes, no text, an empty array."""


class TruncatedClipError(ClipError):
    """The file ends before anything in it can be decoded."""


class ClipTooLargeError(ClipError):
    """The clip passes a configured cap on duration, pixels or frames."""


class NoUsableStreamError(ClipError):
    """The file decodes, but holds neither picture, sound nor text to perceive."""


class WeightsError(AffectgraphError):
    """A weights file cannot be used."""


class WeightsMissingError(WeightsError):
    """A weights file is nowhere on this machine and may not or cannot be fetched."""


class WeightsTamperedError(WeightsError):
    """A weights file does not have the SHA-256 that the manifest names."""


class SettingError(AffectgraphError):
    """A setting, option or argument has a value that cannot be used."""


class PurposeError(SettingError):
    """The law forbids the purpose that was declared."""


class SenseError(AffectgraphError):
    """A sense cannot perceive this clip; it becomes absent evidence, with a reason."""


class BrokenSenseError(AffectgraphError):
    """A sense broke its contract: too slow, too much, or no evidence at all."""


class SlowSenseError(BrokenSenseError):
    """A sense did not answer in the time allowed, and was left behind."""


class ForkedProcessError(AffectgraphError):
    """This process was forked while senses were at work, and would hang with them."""


class MemoryStoreError(AffectgraphError):
    """The case memory cannot be read or written."""


class NotErasedError(MemoryStoreError):
    """What was to be forgotten is not erased from every file yet."""


class ReasonerError(AffectgraphError):
    """The language model cannot be reached or used; the graph answers without it."""


class RecordingError(AffectgraphError):
    """A recorded run cannot be written, read, or replayed as it was."""


class AuditError(AffectgraphError):
    """The audit log cannot be written, or is not as it was written."""


class LedgerError(AffectgraphError):
    """The file of results cannot be written."""


class WorkerLostError(AffectgraphError):
    """A worker died while it was at a clip."""


class AffectgraphWarning(UserWarning):
    """Something was passed over; its text is one line, as that of an error is."""

    def __init__(self, text: str = "") -> None:
        super().__init__(_shortened(plain(text), _LONGEST))


def one_line(error: BaseException) -> str:
    """What an error of any kind says, in one line of at most 300 characters."""
    if isinstance(error, ValidationError):
        found = error.errors()[0]
        place = ".".join(map(str, found["loc"]))
        text = plain(f"{error.title}: {place}: {found['msg']}")
    else:
        text = plain(str(error))
        if not isinstance(error, AffectgraphError):
            name = type(error).__name__
            text = f"{name}: {text}" if text else name
    return _shortened(text, 300)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[: half - 10]} ... {text[5 - half :]}"
