"""The quality filter: is a clip fit to be labelled, whatever its label?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.evidence import Evidence, Fraction, Frozen
from affectgraph.tools.face.track import SPEAKING

QualityCheckName = Literal["coverage", "voice on screen", "speaker", "length"]
_Result = tuple[bool | None, str]

# Minimum share of the file that can be decoded, and of the frames that show the face.
_MIN_DECODED = 0.9
_MIN_FACE_COVERAGE = 0.5

# Outliers lie more than this many interquartile ranges outside the quartiles: Tukey
# (1977), "Exploratory Data Analysis". A kind with fewer clips has no limits.
_TUKEY_FENCE = 1.5
_MIN_CLIPS = 20


class DescriptionLengths(Frozen):
    """The usual lengths of descriptions, learned from a whole batch.

    Attributes:
        usual: Minimum and maximum number of words, by kind of clip; a kind with fewer
            than twenty clips is missing and has no limits.
    """

    usual: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @classmethod
    def fit(cls, lengths: Iterable[tuple[str, int]]) -> "DescriptionLengths":
        """Learn the limits."""
        counts_by_kind = defaultdict(list)
        for kind, count in lengths:
            counts_by_kind[kind].append(count)
        usual = {}
        for kind, counts in sorted(counts_by_kind.items()):
            if len(counts) >= _MIN_CLIPS:
                lower, upper = np.percentile(counts, [25, 75])
                reach = _TUKEY_FENCE * (upper - lower)
                usual[kind] = (float(lower - reach), float(upper + reach))
        return cls(usual=usual)


class ClipTraits(Frozen):
    """The properties of a clip that the quality filter checks.

    Attributes:
        kind: The modalities that vote, joined by `+`.
        words: Number of words of the description.
        decoded: Share of the file that can be decoded.
        voice: Somebody speaks.
        pictures: There is a picture.
        seen: Share of the frames that show the face; None without a face.
        mouth: Mouth motion of the person in view; None if it cannot be measured.
        others: Mouth motion of the other face that moves its mouth most; None without.
    """

    kind: str
    words: int
    decoded: Fraction = 1.0
    voice: bool = False
    pictures: bool = False
    seen: float | None = None
    mouth: float | None = None
    others: float | None = None


class QualityCheck(Frozen):
    """One check of the quality filter.

    Attributes:
        name: What is checked.
        passed: None where the check does not apply.
        reason: Why.
    """

    name: QualityCheckName
    passed: bool | None
    reason: str


class QualityResult(Frozen):
    """Result of the quality filter, check by check."""

    checks: tuple[QualityCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.reason

    @property
    def reason(self) -> str:
        """The first check that failed, and why; empty if none did."""
        failed = (check for check in self.checks if check.passed is False)
        return next((f"{check.name}: {check.reason}" for check in failed), "")


def clip_traits(clip: ClipInfo, evidence: Sequence[Evidence], words: int) -> ClipTraits:
    """Collect the traits of a clip from its evidence."""
    votes = [piece for piece in evidence if piece.distribution is not None]
    modalities = dict.fromkeys(piece.modality for piece in votes)
    return ClipTraits(
        kind="+".join(modalities),
        words=words,
        decoded=clip.coverage,
        voice="prosody" in modalities,
        pictures=clip.has_video,
        seen=_mean_face_measurement(votes, "coverage"),
        mouth=_mean_face_measurement(votes, "mouth motion"),
        others=_mean_face_measurement(votes, "mouth motion of another"),
    )


def check_quality(clip: ClipTraits, lengths: DescriptionLengths) -> QualityResult:
    """Check whether a clip is fit to be labelled."""
    results: dict[QualityCheckName, _Result] = {
        "coverage": _check_coverage(clip),
        "voice on screen": _check_voice_on_screen(clip),
        "speaker": _check_speaker(clip),
        "length": _check_length(clip, lengths),
    }
    return QualityResult(
        checks=tuple(
            QualityCheck(name=name, passed=passed, reason=reason)
            for name, (passed, reason) in results.items()
        )
    )


def _check_coverage(clip: ClipTraits) -> _Result:
    if not clip.kind:
        return False, "no sense could tell an emotion"
    if clip.decoded < _MIN_DECODED:
        return False, f"only {clip.decoded:.0%} of the file can be decoded"
    if clip.seen is not None and clip.seen < _MIN_FACE_COVERAGE:
        return False, f"the face is seen in only {clip.seen:.0%} of the frames"
    return True, "enough of it is seen and heard"


def _check_voice_on_screen(clip: ClipTraits) -> _Result:
    if not (clip.voice and clip.pictures):
        return None, "it has no voice beside a picture"
    if "face" not in clip.kind.split("+"):
        return False, "somebody speaks, and no face is seen"
    motion = max(clip.mouth or 0.0, clip.others or 0.0)
    if motion < SPEAKING:
        return False, f"somebody speaks, and no mouth moves ({motion:.2f})"
    return True, f"a mouth moves as in speech ({motion:.2f})"


def _check_speaker(clip: ClipTraits) -> _Result:
    if not (clip.voice and clip.pictures) or clip.others is None:
        return None, "there is no other who might speak"
    mouth = clip.mouth or 0.0
    if mouth < clip.others:
        return False, f"another mouth moves more ({clip.others:.2f}, not {mouth:.2f})"
    return True, f"no other mouth moves more ({mouth:.2f}, not {clip.others:.2f})"


def _check_length(clip: ClipTraits, lengths: DescriptionLengths) -> _Result:
    if clip.kind not in lengths.usual:
        return None, "there are too few clips of its kind to know their length"
    lower, upper = lengths.usual[clip.kind]
    reason = (
        f"the description has {clip.words} words, usual are {lower:.0f}-{upper:.0f}"
    )
    return lower <= clip.words <= upper, reason


def _mean_face_measurement(votes: Sequence[Evidence], name: str) -> float | None:
    """Mean of a measurement of the face over the parts of a long clip."""
    values = [
        piece.measurements[name].value
        for piece in votes
        if piece.modality == "face" and name in piece.measurements
    ]
    return float(np.mean(values)) if values else None
