"""The low filter: is the clip fit to be labelled at all, whatever its label?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.evidence import Evidence, Fraction, Frozen
from affectgraph.tools.face.tracking import SPEAKING

Checked = Literal["coverage", "voice on screen", "speaker", "length"]

# Of a file, and of the frames with a face, so much has to be there.
_LEAST_DECODED = 0.9
_LEAST_SEEN = 0.5

# Tails begin this many quartile distances outside the quartiles: Tukey (1977),
# "Exploratory Data Analysis". Fewer clips than these have no tails.
_FENCE = 1.5
_FEWEST = 20


class Lengths(Frozen):
    """The usual lengths of descriptions, learned from all of a batch.

    Attributes:
        usual: Fewest and most words, by the kind of clip; a kind of which there are
            fewer than twenty clips is not among them, and has no limits.
    """

    usual: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @classmethod
    def fitted(cls, described: Iterable[tuple[str, int]]) -> "Lengths":
        """Learn the limits.

        Args:
            described: Kind and number of words of every clip.
        """
        words = defaultdict(list)
        for kind, count in described:
            words[kind].append(count)
        usual = {}
        for kind, counts in sorted(words.items()):
            if len(counts) >= _FEWEST:
                low, high = np.percentile(counts, [25, 75])
                reach = _FENCE * (high - low)
                usual[kind] = (float(low - reach), float(high + reach))
        return cls(usual=usual)


class Traits(Frozen):
    """What the low filter looks at.

    Attributes:
        kind: The modalities that vote, joined by `+`.
        words: Of the description.
        decoded: Share of the file that can be decoded.
        voice: Somebody speaks.
        pictures: There is a picture.
        seen: Share of the frames that show the face; None without one.
        mouth: How much the mouth of the visible person moves; None if none can.
        others: The same of the other face whose mouth moves most; None without.
    """

    kind: str
    words: int
    decoded: Fraction = 1.0
    voice: bool = False
    pictures: bool = False
    seen: float | None = None
    mouth: float | None = None
    others: float | None = None


class Sifted(Frozen):
    """One check of the low filter.

    Attributes:
        name: What is checked.
        passed: None where it does not apply.
        reason: Why.
    """

    name: Checked
    passed: bool | None
    reason: str


class Low(Frozen):
    """What the low filter says, check by check."""

    checks: tuple[Sifted, ...]

    @property
    def passed(self) -> bool:
        """No check failed."""
        return not self.reason

    @property
    def reason(self) -> str:
        """Why it did not pass: the first check that failed; empty if none did."""
        failed = (check for check in self.checks if check.passed is False)
        return next((f"{check.name}: {check.reason}" for check in failed), "")


def traits(clip: ClipInfo, evidence: Sequence[Evidence], words: int) -> Traits:
    """Read off a clip's evidence what the low filter looks at.

    Args:
        clip: What was perceived.
        evidence: What the senses found.
        words: Of its description.
    """
    votes = [piece for piece in evidence if piece.distribution is not None]
    kinds = dict.fromkeys(piece.modality for piece in votes)
    return Traits(
        kind="+".join(kinds),
        words=words,
        decoded=clip.coverage,
        voice="prosody" in kinds,
        pictures=clip.has_video,
        seen=_mean(votes, "coverage"),
        mouth=_mean(votes, "mouth motion"),
        others=_mean(votes, "mouth motion of another"),
    )


def low(clip: Traits, lengths: Lengths) -> Low:
    """Sift a clip.

    Args:
        clip: What is known of it.
        lengths: Of the batch that it is part of.
    """
    return Low(
        checks=(
            _sifted("coverage", *_coverage(clip)),
            _sifted("voice on screen", *_on_screen(clip)),
            _sifted("speaker", *_speaker(clip)),
            _sifted("length", *_length(clip, lengths)),
        )
    )


_Result = tuple[bool | None, str]


def _coverage(clip: Traits) -> _Result:
    if not clip.kind:
        return False, "no sense could tell an emotion"
    if clip.decoded < _LEAST_DECODED:
        return False, f"only {clip.decoded:.0%} of the file can be decoded"
    if clip.seen is not None and clip.seen < _LEAST_SEEN:
        return False, f"the face is seen in only {clip.seen:.0%} of the frames"
    return True, "enough of it is seen and heard"


def _on_screen(clip: Traits) -> _Result:
    if not (clip.voice and clip.pictures):
        return None, "it has no voice beside a picture"
    if "face" not in clip.kind.split("+"):
        return False, "somebody speaks, and no face is seen"
    moving = max(clip.mouth or 0.0, clip.others or 0.0)
    if moving < SPEAKING:
        return False, f"somebody speaks, and no mouth moves ({moving:.2f})"
    return True, f"a mouth moves as in speech ({moving:.2f})"


def _speaker(clip: Traits) -> _Result:
    if not (clip.voice and clip.pictures) or clip.others is None:
        return None, "there is no other who might speak"
    mouth = clip.mouth or 0.0
    if mouth < clip.others:
        return False, f"another mouth moves more ({clip.others:.2f}, not {mouth:.2f})"
    return True, f"no other mouth moves more ({mouth:.2f}, not {clip.others:.2f})"


def _length(clip: Traits, lengths: Lengths) -> _Result:
    if clip.kind not in lengths.usual:
        return None, "there are too few clips of its kind to know their length"
    fewest, most = lengths.usual[clip.kind]
    told = f"the description has {clip.words} words, usual are {fewest:.0f}-{most:.0f}"
    return fewest <= clip.words <= most, told


def _mean(votes: Sequence[Evidence], name: str) -> float | None:
    """Mean of a measurement of the face over the parts of a long clip."""
    values = [
        piece.measurements[name].value
        for piece in votes
        if piece.modality == "face" and name in piece.measurements
    ]
    return float(np.mean(values)) if values else None


def _sifted(name: Checked, passed: bool | None, reason: str) -> Sifted:
    return Sifted(name=name, passed=passed, reason=reason)
