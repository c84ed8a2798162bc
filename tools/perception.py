"""Perception tools: functions from a clip and a span to evidence, with metadata."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from math import ceil
from threading import Lock
from typing import Any

from affectgraph.tools import weights
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Calibration, Evidence, Span
from affectgraph.tools.evidence_validation import validate_evidence
from affectgraph.tools.novelty import novelty
from affectgraph.tools.timeout import Timeout

Sense = Callable[..., Any]
Weights = tuple[str, ...] | Callable[[Clip], tuple[str, ...]]

# Prefix of the ids of recalled cases.
CASE_PREFIX = "C"

_MISSING_INPUT = {
    "video": "the clip has no picture",
    "audio": "the clip has no sound",
    "words": "the clip has neither words nor sound",
    "any": "",
}

# A text of this length gets the time of one minute of video.
_CHARACTERS_PER_MINUTE = 10_000

_MODALITY = re.compile(r"[a-z][a-z0-9_-]*")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class PerceptionTool:
    """A sense and its metadata.

    A sense runs in this process. A sense that raises, hangs or returns invalid evidence
    is contained; one that uses up the memory or kills the process is not.

    Attributes:
        name: Name of the function, as used with `--tools`.
        modality: What it perceives, such as `face`.
        prefix: One capital letter, the prefix of its evidence ids.
        sense: `(clip, span) -> list[Evidence]`, optionally with `fine=True`.
        needs: `video`, `audio`, `words` or `any`; clips without it are skipped.
        weights: Names in the weights manifest that it loads for a clip.
        calibration: Measured trust in its votes; None if it was never measured.
        seconds: Time limit of a call, for each minute of the span begun, or each 10,000
            characters of a text.

    Raises:
        SettingError: If `modality`, `prefix`, `needs` or `seconds` is invalid.
    """

    name: str
    modality: str
    prefix: str
    sense: Sense
    needs: str = "any"
    weights: Weights = ()
    calibration: Calibration | None = None
    seconds: float = 60.0
    _timeout: Timeout = field(
        default_factory=Timeout, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not _MODALITY.fullmatch(self.modality):
            raise SettingError(
                f"modality {self.modality!r} of a sense must be one lower-case word"
            )
        if not re.fullmatch("[A-Z]", self.prefix) or self.prefix == CASE_PREFIX:
            raise SettingError(
                f"prefix {self.prefix!r} of a sense must be one capital letter, and "
                f"not {CASE_PREFIX}, which numbers cases"
            )
        if self.needs not in _MISSING_INPUT:
            known = ", ".join(_MISSING_INPUT)
            raise SettingError(
                f"needs {self.needs!r} of a sense must be one of {known}"
            )
        if self.seconds <= 0:
            raise SettingError(f"seconds={self.seconds} of a sense must be more than 0")

    @property
    def looks_closer(self) -> bool:
        """Whether the sense accepts `fine=True`."""
        return "fine" in inspect.signature(self.sense).parameters

    def needed_weights(self, clip: Clip) -> tuple[str, ...]:
        """Names in the weights manifest of the files that it loads for this clip."""
        return self.weights(clip) if callable(self.weights) else self.weights

    def missing_input(self, clip: Clip) -> str:
        """Why the clip cannot be perceived; empty if it has what the sense needs."""
        words = clip.has_audio or clip.text is not None
        inputs = {"video": clip.has_video, "audio": clip.has_audio, "words": words}
        if not inputs.get(self.needs, True):
            return _MISSING_INPUT[self.needs]
        for name in self.needed_weights(clip):
            if not weights.in_selected_set(name):
                return f"{name} is not among the {weights.selected_set()} weights"
        return ""

    def perceive(
        self, clip: Clip, span: Span, *, first: int = 1, fine: bool = False
    ) -> list[Evidence]:
        """Perceive one span within the time limit.

        Args:
            clip: The clip.
            span: The span, in seconds of the clip.
            first: Number of the first piece of evidence.
            fine: Perceive in more detail, if the sense supports it.

        Returns:
            Valid evidence with id, modality, tool, novelty and calibration filled in,
            and votes tempered by the calibration.

        Raises:
            BrokenSenseError: If the sense takes too long or breaks its contract.
            Exception: Any error that the sense raises.
        """
        options = {"fine": True} if fine and self.looks_closer else {}
        pieces = self._timeout.run(
            lambda: validate_evidence(self.sense(clip, span, **options), clip, span),
            self.seconds * _allowed_minutes(clip, span),
        )
        return [self._complete(clip, p, n) for n, p in enumerate(pieces, first)]

    def _complete(self, clip: Clip, piece: Evidence, number: int) -> Evidence:
        """Fill in what the sense need not know: id, modality, novelty and the like."""
        update: dict[str, Any] = {
            "novelty": _novelty(clip, piece),
            "id": f"{self.prefix}{number}",
            "modality": self.modality,
            "tool": self.name,
            "calibration": None,
        }
        if self.calibration is not None and piece.distribution is not None:
            temper = self.calibration.temper
            update["calibration"] = self.calibration
            update["distribution"] = temper(piece.distribution)
            update["timeline"] = tuple(
                moment.model_copy(update={"distribution": temper(moment.distribution)})
                for moment in piece.timeline
            )
        return piece.model_copy(update=update)


def _novelty(clip: Clip, piece: Evidence) -> float | None:
    if piece.embedding is None or piece.distribution is None:
        return None
    return novelty(clip.kept(piece.embedding), piece.provenance.sha256)


def _allowed_minutes(clip: Clip, span: Span) -> int:
    """How many times the limit of one minute a call may take."""
    text_minutes = len(clip.text or "") / _CHARACTERS_PER_MINUTE
    return max(1, ceil(span.seconds / 60), ceil(text_minutes))


def perception_tool(
    *,
    modality: str,
    prefix: str,
    needs: str = "any",
    weights: Weights = (),
    calibration: Calibration | None = None,
    seconds: float = 60.0,
) -> Callable[[Sense], PerceptionTool]:
    """Turn a function, or a class with `__call__`, into a `PerceptionTool`.

    A class is instantiated once, without arguments, at its first clip, so that it can
    load a model. The class `HeartRate` becomes the sense `heart_rate`.

    Examples:
        >>> from affectgraph.tools.evidence import Provenance
        >>> @perception_tool(modality="gesture", prefix="G")
        ... def gesture(clip: Clip, span: Span) -> list[Evidence]:
        ...     provenance = Provenance(model="example")
        ...     return [Evidence(span=span, observation="Hands rest.", quality=0.5,
        ...                      provenance=provenance)]
        >>> gesture.name, gesture.prefix
        ('gesture', 'G')

    Raises:
        SettingError: If `modality`, `prefix`, `needs` or `seconds` is invalid.
    """

    def wrap(sense: Sense) -> PerceptionTool:
        name = sense.__name__
        if isinstance(sense, type):
            name, sense = _WORD_START.sub("_", name).lower(), _lazy_instance(sense)
        return PerceptionTool(
            name=name,
            modality=modality,
            prefix=prefix,
            sense=sense,
            needs=needs,
            weights=weights,
            calibration=calibration,
            seconds=seconds,
        )

    return wrap


def _lazy_instance(cls: Any) -> Sense:
    """A function that instantiates a class at its first call and then calls it."""
    lock, instances = Lock(), list[Sense]()

    @wraps(cls.__call__)
    def call(*args: Any, **kwargs: Any) -> Any:
        with lock:
            if not instances:
                instances.append(cls())
        return instances[0](*args, **kwargs)

    return call
