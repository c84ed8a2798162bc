"""Voice and face again, compared with what is usual for each speaker."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from affectgraph.agents.evaluation.manifest import Row
from affectgraph.graphs.fuse import pool
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.artifacts import Vector
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.baseline import FEATURES as FACE
from affectgraph.tools.face.baseline import FaceBaseline, read
from affectgraph.tools.face.window import known_better
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.baseline import FEATURES as VOICE
from affectgraph.tools.prosody.baseline import VoiceBaseline

_KNOWN_CLIPS = 20


@dataclass(frozen=True)
class _Heard:
    """What has to be kept of a clip until its speaker's other clips are through."""

    row: Row
    votes: list[Evidence]
    voice: Vector | None
    face: Vector | None


@dataclass
class Speakers:
    """Clips by speaker; each is read again with a baseline from up to 20 others.

    They are taken evenly from all clips of the speaker.
    """

    clips: dict[str, list[_Heard]] = field(default_factory=lambda: defaultdict(list))

    def remember(self, row: Row, clip: Clip, evidence: Sequence[Evidence]) -> None:
        """Keep what the senses kept of a clip, if its speaker is named."""
        if row.speaker:
            votes = [
                piece.model_copy(update={"timeline": (), "measurements": {}})
                for piece in evidence
                if piece.distribution is not None
            ]
            voice, face = _kept(clip, VOICE), _kept(clip, FACE)
            self.clips[row.speaker].append(_Heard(row, votes, voice, face))

    def read_again(self) -> Iterator[tuple[str, int, Distribution]]:
        """Configuration, number of the row, and what it says now."""
        for heard in self.clips.values():
            for one in heard:
                others = [other for other in heard if other is not one]
                yield from _known(one, _spread(others, _KNOWN_CLIPS))


def _spread(clips: Sequence[_Heard], most: int) -> list[_Heard]:
    """Not the first ones: manifests are often sorted by label."""
    count = min(most, len(clips))
    return [clips[number * len(clips) // count] for number in range(count)]


def _known(
    one: _Heard, others: Sequence[_Heard]
) -> Iterator[tuple[str, int, Distribution]]:
    votes, number = one.votes, one.row.number
    voice = [other.voice for other in others if other.voice is not None]
    face = [other.face for other in others if other.face is not None]
    if one.voice is not None and voice:
        usual_voice = VoiceBaseline.of(voice).usual
        shares = head.read(one.voice[None], usual_voice)[0].distribution
        votes = _replaced(votes, "prosody", shares)
        yield "prosody, speaker known", number, shares
    if one.face is not None and face:
        usual = FaceBaseline.of(face)
        shares = read(one.face, usual)
        surer = partial(known_better, known=usual.known)
        votes = _replaced(votes, "face", shares, surer)
        yield "face, speaker known", number, shares
    if votes is not one.votes and len({piece.modality for piece in votes}) > 1:
        yield "fusion, speaker known", number, pool(votes).distribution


def _replaced(
    votes: Sequence[Evidence],
    modality: str,
    shares: Distribution,
    surer: Callable[[float], float] = float,
) -> list[Evidence]:
    return [
        piece.model_copy(
            update={
                "distribution": shares,
                "quality": surer(piece.quality),
            }
        )
        if piece.modality == modality
        else piece
        for piece in votes
    ]


def _kept(clip: Clip, key: str) -> Vector | None:
    try:
        return clip.kept(key)
    except KeyError:
        return None
