"""Predictions of voice and face with a baseline of the speaker."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from affectgraph.agents.evaluation.manifest import ManifestRow
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.baseline import FEATURES as FACE
from affectgraph.tools.face.baseline import FaceBaseline, read_window
from affectgraph.tools.face.quality import quality_if_known
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.baseline import FEATURES_KEY as VOICE
from affectgraph.tools.prosody.baseline import VoiceBaseline

_BASELINE_CLIPS = 20


@dataclass(frozen=True)
class _SpeakerClip:
    """What is stored of a clip until all clips of its speaker are analysed."""

    row: ManifestRow
    votes: list[Evidence]
    voice: Vector | None
    face: Vector | None


@dataclass
class SpeakerBaselines:
    """Clips by speaker; each is predicted again with a baseline of up to 20 others.

    These are spread evenly over all clips of the speaker.
    """

    clips: dict[str, list[_SpeakerClip]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, row: ManifestRow, clip: Clip, evidence: Sequence[Evidence]) -> None:
        """Store the votes and features of a clip, if its speaker is named."""
        if row.speaker:
            votes = [
                piece.model_copy(update={"timeline": (), "measurements": {}})
                for piece in evidence
                if piece.distribution is not None
            ]
            voice, face = _features(clip, VOICE), _features(clip, FACE)
            self.clips[row.speaker].append(_SpeakerClip(row, votes, voice, face))

    def predict_again(self) -> Iterator[tuple[str, int, Distribution]]:
        """Yield configuration, number of the row, and its distribution."""
        for clips in self.clips.values():
            for clip in clips:
                others = [other for other in clips if other is not clip]
                yield from _predict(clip, _spread(others, _BASELINE_CLIPS))


def _spread(clips: Sequence[_SpeakerClip], max_count: int) -> list[_SpeakerClip]:
    """Choose clips evenly: manifests are often sorted by label."""
    count = min(max_count, len(clips))
    return [clips[number * len(clips) // count] for number in range(count)]


def _predict(
    clip: _SpeakerClip, others: Sequence[_SpeakerClip]
) -> Iterator[tuple[str, int, Distribution]]:
    votes, number = clip.votes, clip.row.number
    voice = [other.voice for other in others if other.voice is not None]
    face = [other.face for other in others if other.face is not None]
    if clip.voice is not None and voice:
        usual_voice = VoiceBaseline.of(voice).norms
        shares = head.classify_voice(clip.voice[None], usual_voice)[0].distribution
        votes = _replace_votes(votes, "prosody", shares)
        yield "prosody, speaker known", number, shares
    if clip.face is not None and face:
        usual = FaceBaseline.of(face)
        shares = read_window(clip.face, usual)
        surer = partial(quality_if_known, known=usual.known)
        votes = _replace_votes(votes, "face", shares, surer)
        yield "face, speaker known", number, shares
    if votes is not clip.votes and len({piece.modality for piece in votes}) > 1:
        yield "fusion, speaker known", number, pool(votes).distribution


def _replace_votes(
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


def _features(clip: Clip, key: str) -> Vector | None:
    try:
        return clip.kept(key)
    except KeyError:
        return None
