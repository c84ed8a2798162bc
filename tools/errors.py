"""All errors for users: typed, with a message of one line that says what to do."""

from pydantic import ValidationError

from affectgraph.tools.sanitize import sanitize_text

_MAX_MESSAGE = 1_000
_MAX_ONE_LINE = 300


class AffectgraphError(Exception):
    """Base of all errors of this package; the message is one line.

    Quoted file or model content cannot break the line or control a terminal.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(_shorten(sanitize_text(text), _MAX_MESSAGE))


class ClipError(AffectgraphError):
    """A clip cannot be used as it is."""


class ClipNotFoundError(ClipError):
    """There is no file at the path."""


class NotMediaError(ClipError):
    """The file cannot be decoded as media."""


class EmptyClipError(ClipError):
    """The clip is empty: zero bytes, no text, or an empty array."""


class TruncatedClipError(ClipError):
    """The file ends before anything in it can be decoded."""


class ClipTooLargeError(ClipError):
    """The clip exceeds a limit on duration, pixels or frames."""


class NoUsableStreamError(ClipError):
    """The file can be decoded, but has no video, audio or text."""


class WeightsError(AffectgraphError):
    """A weights file cannot be used."""


class WeightsMissingError(WeightsError):
    """A weights file is missing and may not or cannot be fetched."""


class WeightsTamperedError(WeightsError):
    """A weights file does not match its SHA-256 in the manifest."""


class SettingError(AffectgraphError):
    """A setting, option or argument is invalid."""


class PurposeError(SettingError):
    """The law forbids the declared purpose."""


class SenseError(AffectgraphError):
    """A sense cannot perceive this clip; the verdict reports it as absent."""


class BrokenSenseError(AffectgraphError):
    """A sense broke its contract: too slow, too much evidence, or invalid evidence."""


class SlowSenseError(BrokenSenseError):
    """A sense exceeded its time limit; its thread was abandoned."""


class ForkedProcessError(AffectgraphError):
    """The process was forked during an analysis, and would deadlock."""


class MemoryStoreError(AffectgraphError):
    """The case memory cannot be read or written."""


class NotErasedError(MemoryStoreError):
    """Deleted data is not erased from every file yet."""


class ReasonerError(AffectgraphError):
    """The language model cannot be reached or used; the graph answers without it."""


class RecordingError(AffectgraphError):
    """A recorded run cannot be written, read, or replayed exactly."""


class AuditError(AffectgraphError):
    """The audit log cannot be written, or was changed."""


class LedgerError(AffectgraphError):
    """The file of results cannot be written."""


class WorkerLostError(AffectgraphError):
    """A worker process died while it analysed a clip."""


class AffectgraphWarning(UserWarning):
    """Something was skipped, or a figure is unreliable; the message is one line."""

    def __init__(self, text: str = "") -> None:
        super().__init__(_shorten(sanitize_text(text), _MAX_MESSAGE))


def one_line(error: BaseException) -> str:
    """The message of any error, in one line of at most 300 characters."""
    if isinstance(error, ValidationError):
        text = sanitize_text(f"{error.title}: {first_problem(error, '')}")
    else:
        text = sanitize_text(str(error))
        if not isinstance(error, AffectgraphError):
            name = type(error).__name__
            text = f"{name}: {text}" if text else name
    return _shorten(text, _MAX_ONE_LINE)


def first_problem(error: ValidationError, unnamed: str) -> str:
    """The first field that is wrong, and why; `unnamed` stands for data as a whole."""
    problem = error.errors()[0]
    return f"{'.'.join(map(str, problem['loc'])) or unnamed}: {problem['msg']}"


def _shorten(text: str, max_length: int) -> str:
    if len(text) <= max_length:
        return text
    half = max_length // 2
    return f"{text[: half - 10]} ... {text[5 - half :]}"
