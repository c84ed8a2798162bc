"""A perception tool: a named sense from a clip and a span to evidence."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from math import ceil
from threading import Lock
from typing import Any

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Calibration, Evidence, Span
from affectgraph.tools.evidence_validation import accepted
from affectgraph.tools.timeout import Timeout

Sense = Callable[..., Any]
Weights = tuple[str, ...] | Callable[[Clip], tuple[str, ...]]

# The letter by which recalled cases are numbered.
CASES = "C"

_LACKING = {
    "video": "the clip has no picture",
    "audio": "the clip has no sound",
    "words": "the clip has neither words nor sound",
    "any": "",
}

# So much of a text may take as long as a minute of film.
_CHARACTERS_A_MINUTE = 10_000

_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class PerceptionTool:
    """A sense with what the graph has to know about it.

    A sense runs in this process and may use all of it: one that raises, hangs or
    returns what is no evidence is contained; one that takes all memory or kills the
    process is not.

    Attributes:
        name: The function's name; the word used with `--tools`.
        modality: What it perceives with, such as `face`.
        prefix: One capital letter; evidence is numbered with it.
        sense: `(clip, span) -> list[Evidence]`, and `fine=True` where it takes that.
        needs: `video`, `audio`, `words` or `any`: a clip without it is not shown.
        weights: Names in the weights manifest that it loads for a clip.
        calibration: How far its votes are to be trusted; None if that is unknown.
        seconds: Longest that a look may take, for each minute begun, or each 10,000
            characters of a text.

    Raises:
        SettingError: If the modality, the prefix or the need cannot be used.
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
        if not _WORD.fullmatch(self.modality):
            raise SettingError(
                f"modality {self.modality!r} of a sense must be one lower-case word"
            )
        if not re.fullmatch("[A-Z]", self.prefix) or self.prefix == CASES:
            raise SettingError(
                f"prefix {self.prefix!r} of a sense must be one capital letter, and "
                f"not {CASES}, which numbers cases"
            )
        if self.needs not in _LACKING:
            raise SettingError(
                f"needs {self.needs!r} of a sense must be one of {', '.join(_LACKING)}"
            )
        if self.seconds <= 0:
            raise SettingError(f"seconds of a sense are {self.seconds}; give it some")

    @property
    def looks_closer(self) -> bool:
        """It can look again at a span in a finer way."""
        return "fine" in inspect.signature(self.sense).parameters

    def needed_weights(self, clip: Clip) -> tuple[str, ...]:
        """Names in the weights manifest that it loads for this clip."""
        return self.weights(clip) if callable(self.weights) else self.weights

    def lacks(self, clip: Clip) -> str:
        """What it needs and this clip does not have, in words; empty if nothing."""
        words = clip.has_audio or clip.text is not None
        has = {"video": clip.has_video, "audio": clip.has_audio, "words": words}
        return "" if has.get(self.needs, True) else _LACKING[self.needs]

    def perceive(
        self, clip: Clip, span: Span, *, first: int = 1, fine: bool = False
    ) -> list[Evidence]:
        """Look at one span, within the time allowed, and number what was found.

        Args:
            clip: What to perceive.
            span: The seconds to look at.
            first: Number of the first new piece of evidence.
            fine: Look closer than usual, where the sense can.

        Returns:
            Evidence that keeps the contract, with id, modality, tool and calibration
            filled in, its votes as sure as the calibration has them.

        Raises:
            BrokenSenseError: If the sense takes too long or returns anything else.
            Exception: Whatever the sense raises.
        """
        closer = {"fine": True} if fine and self.looks_closer else {}
        found = self._timeout.run(
            lambda: accepted(self.sense(clip, span, **closer), clip, span),
            self.seconds * _minutes(clip, span),
        )
        return [self._own(piece, number) for number, piece in enumerate(found, first)]

    def _own(self, piece: Evidence, number: int) -> Evidence:
        given: dict[str, Any] = {
            "id": f"{self.prefix}{number}",
            "modality": self.modality,
            "tool": self.name,
            "calibration": None,
        }
        if self.calibration is not None and piece.distribution is not None:
            tempered = self.calibration.tempered
            given["calibration"] = self.calibration
            given["distribution"] = tempered(piece.distribution)
            given["timeline"] = tuple(
                moment.model_copy(
                    update={"distribution": tempered(moment.distribution)}
                )
                for moment in piece.timeline
            )
        return piece.model_copy(update=given)


def _minutes(clip: Clip, span: Span) -> int:
    """How many minutes' time a look may take."""
    text = len(clip.text or "") / _CHARACTERS_A_MINUTE
    return max(1, ceil(span.seconds / 60), ceil(text))


def perception_tool(
    *,
    modality: str,
    prefix: str,
    needs: str = "any",
    weights: Weights = (),
    calibration: Calibration | None = None,
    seconds: float = 60.0,
) -> Callable[[Sense], PerceptionTool]:
    """Turn a function, or a class that can be called, into a `PerceptionTool`.

    A class is made once, without arguments, when its first clip comes, so that it may
    load a model; `Gaze` is named `gaze`, `HeartRate` is named `heart_rate`.

    Examples:
        >>> from affectgraph.tools.evidence import Provenance
        >>> @perception_tool(modality="gesture", prefix="G")
        ... def gesture(clip: Clip, span: Span) -> list[Evidence]:
        ...     made_by = Provenance(model="example")
        ...     return [Evidence(span=span, observation="Hands rest.", quality=0.5,
        ...                      provenance=made_by)]
        >>> gesture.name, gesture.prefix
        ('gesture', 'G')

    Raises:
        SettingError: If the modality, the prefix or the need cannot be used.
    """

    def wrap(sense: Sense) -> PerceptionTool:
        name = sense.__name__
        if isinstance(sense, type):
            name, sense = _CAPITAL.sub("_", name).lower(), _made_once(sense)
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


def _made_once(made: Any) -> Sense:
    """The call of an object that is made when it is first called."""
    lock, objects = Lock(), list[Sense]()

    @wraps(made.__call__)
    def call(*arguments: Any, **named: Any) -> Any:
        with lock:
            if not objects:
                objects.append(made())
        return objects[0](*arguments, **named)

    return call
