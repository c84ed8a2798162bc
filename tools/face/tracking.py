"""Faces followed through time, and the one of them that the clip is about."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from affectgraph.tools.clip import Frame
from affectgraph.tools.face import landmark_tracker, window
from affectgraph.tools.face.alignment import Crop, View, align, view
from affectgraph.tools.face.detection import Face, detect
from affectgraph.tools.face.expression import Array, classify
from affectgraph.tools.face.identity import (
    SAME_PERSON,
    Appearance,
    appearance,
    appearance_similarity,
)
from affectgraph.tools.face.landmark_tracker import Place
from affectgraph.tools.face.movements import names
from affectgraph.tools.face.quality import Conditions

# A face is the same as one before if their boxes overlap this much, they look alike,
# and it was not lost for longer than this many seconds.
_SAME_OVERLAP = 0.2
_LOST_AFTER = 5.0

# The detector looks at a frame at least so often, in seconds; between, and while frames
# are no further apart than the second figure, faces are followed from where they were.
_KEYFRAMES = 0.7
_LONGEST_STEP = 0.3

# Followed faces whose boxes overlap more than this are one face.
_SAME_PLACE = 0.5

# Crops read at once, and faces followed at once (the largest ones).
_BATCH = 16
_CROWD = 6

# Faces with less than this share of the subject's prominence are passers-by.
_PASSING = 0.05

# A face whose jaw moves by so much (deviation) speaks. By convention, between six clips
# of somebody who speaks (0.067 up) and 46 photographs that are moved about (95 % of
# them below 0.022).
SPEAKING = 0.04
_JAW = "jawOpen"

# Rows of a crop in which the mouth and the eyes lie.
_MOUTH_ROWS = slice(32, 46)
_EYE_ROWS = slice(10, 24)


@dataclass(frozen=True)
class Look:
    """One face in one frame: what was measured, without the picture.

    Attributes:
        time: Seconds.
        face: Where it is.
        view: How well it is seen.
        logits: float32 [7], calibrated, of its crop as a photograph.
        right: Chance that this reading is right.
        votes: float32 [8], logits of the picture network.
        movements: float32 [m], in the order of `movements.names()`.
        pose: float32 [3], pitch, yaw and roll of the crop in degrees.
        embedding: float32 [d], vector of the picture network.
        landmarks: float32 [68, 2], in pixels of the crop.
    """

    time: float
    face: Face
    view: View
    logits: Array
    right: float
    votes: Array
    movements: Array
    pose: Array
    embedding: Array
    landmarks: Array


@dataclass(frozen=True)
class _Sight:
    """One face as one frame shows it.

    Attributes:
        face: Where it is.
        crop: Aligned.
        appearance: What tells it from another person's face.
    """

    face: Face
    crop: Crop
    appearance: Appearance

    @classmethod
    def of(cls, frame: Frame, face: Face) -> "_Sight":
        crop = align(frame.image, face.landmarks)
        return cls(face, crop, appearance(frame.image, face.landmarks, crop))


@dataclass
class Track:
    """One person's face through time.

    Attributes:
        number: Which face of the clip, from 1, in order of appearance.
        last_seen: Seconds of the newest frame with it.
        place: Where it was there.
        sight: What it looked like there.
        after_cut: It began where another person's face was just before.
        looks: In order of time.
        motion: Sum over looks of how much more the mouth moved than the eyes.
    """

    number: int
    last_seen: float
    place: Place
    sight: _Sight
    after_cut: bool = False
    looks: list[Look] = field(default_factory=list)
    motion: float = 0.0

    @property
    def prominence(self) -> float:
        """Size summed over time, up to doubled by a mouth that moves as in speech."""
        size = sum(look.view.size for look in self.looks)
        return size * (1.0 + min(1.0, self.motion / max(len(self.looks), 1)))

    @property
    def embedding(self) -> Array:
        """float32 [d], mean over the looks."""
        result: Array = np.mean([look.embedding for look in self.looks], axis=0)
        return result

    @property
    def mouth(self) -> float:
        """Deviation of the jaw's opening over the looks, of its whole way."""
        return float(np.std(jaw(self.looks)))

    def see(self, time: float, sight: _Sight, place: Place) -> None:
        """Note where the face is now, and what it looks like."""
        if self.last_seen < time:
            self.motion += _mouth_motion(self.sight.crop, sight.crop)
        self.last_seen, self.sight, self.place = time, sight, place

    def looks_like(self, sight: _Sight, frame: Frame) -> bool:
        """Whether a face in the frame is that of the same person."""
        before, now = self.sight.appearance, sight.appearance
        return appearance_similarity(before, now, frame.image) >= SAME_PERSON


class Tracker:
    """Finds and follows faces; a frame is let go as soon as it was seen."""

    def __init__(self, *, side: int, still: bool = False) -> None:
        """Begin with no face.

        Args:
            side: Longer side of the picture that the detector sees.
            still: The only frame is a photograph.
        """
        self.times: list[float] = []
        self._side, self._still = side, still
        self._tracks: list[Track] = []
        self._unread: list[tuple[Track, float, Face, Crop]] = []
        self._keyframe = -math.inf

    def see(self, frame: Frame) -> None:
        """Look at the next frame."""
        if not self._follow(frame):
            self._detect(frame)
        self.times.append(frame.time)
        if len(self._unread) >= _BATCH:
            self._read()

    def tracks(self) -> list[Track]:
        """The faces so far, the most prominent first, without passers-by."""
        self._read()
        ranked = sorted(self._tracks, key=lambda track: -track.prominence)
        return [t for t in ranked if t.prominence >= _PASSING * ranked[0].prominence]

    def take(self) -> list[tuple[int, Look]]:
        """The looks since the last call, each with the number of its face.

        The tracker lets them go, so that memory stays flat over a long clip.
        """
        self._read()
        taken = [(track.number, look) for track in self._tracks for look in track.looks]
        for track in self._tracks:
            track.looks.clear()
        return taken

    def _follow(self, frame: Frame) -> bool:
        """Note the faces of the last frame near where they were; False if one is lost.

        Also false when the detector's turn has come, and where no face was.
        """
        last = [t for t in self._tracks if self.times[-1:] == [t.last_seen]]
        if not last or frame.time >= self._keyframe + _KEYFRAMES:
            return False
        if frame.time > self.times[-1] + _LONGEST_STEP:
            return False
        places = landmark_tracker.follow(frame.image, [t.place for t in last])
        if places is None or _collide([place.face for place in places]):
            return False
        sights = [_Sight.of(frame, place.face) for place in places]
        pairs = list(zip(last, sights, strict=True))
        if any(not track.looks_like(sight, frame) for track, sight in pairs):
            return False
        for (track, sight), place in zip(pairs, places, strict=True):
            self._note(track, frame, sight, place)
        return True

    def _detect(self, frame: Frame) -> None:
        """Note the faces that the detector finds."""
        self._keyframe = frame.time
        faces = detect(frame.image, side=self._side)
        largest = sorted(faces, key=lambda face: -face.size)[:_CROWD]
        sights = [_Sight.of(frame, face) for face in largest]
        places = landmark_tracker.locate(largest, [sight.crop for sight in sights])
        for sight, place in zip(sights, places, strict=True):
            track = self._track_of(sight, frame, place)
            self._note(track, frame, sight, place)

    def _note(self, track: Track, frame: Frame, sight: _Sight, place: Place) -> None:
        track.see(frame.time, sight, place)
        self._unread.append((track, frame.time, sight.face, sight.crop))

    def _track_of(self, sight: _Sight, frame: Frame, place: Place) -> Track:
        """The track that this face continues, or a new one."""
        overlapping = [
            track
            for track in self._tracks
            if track.last_seen < frame.time <= track.last_seen + _LOST_AFTER
            and track.place.face.overlap(sight.face) > _SAME_OVERLAP
        ]
        same = [track for track in overlapping if track.looks_like(sight, frame)]
        if same:
            return max(same, key=lambda track: track.place.face.overlap(sight.face))
        cut = any(track.last_seen in self.times[-1:] for track in overlapping)
        number = len(self._tracks) + 1
        new = Track(number, frame.time, place, sight, after_cut=cut)
        self._tracks.append(new)
        return new

    def _read(self) -> None:
        if not self._unread:
            return
        reading = classify([crop for *_, crop in self._unread], still=self._still)
        moved = reading.movements
        for row, (track, time, face, crop) in enumerate(self._unread):
            track.looks.append(
                Look(
                    time,
                    face,
                    view(face, crop),
                    reading.logits[row],
                    reading.qualities[row],
                    reading.votes[row],
                    moved.values[row],
                    moved.pose[row],
                    reading.embeddings[row],
                    moved.landmarks[row],
                )
            )
        self._unread.clear()


def follow(frames: Iterable[Frame], *, side: int, still: bool = False) -> Tracker:
    """Show every frame to a new tracker."""
    tracker = Tracker(side=side, still=still)
    for frame in frames:
        tracker.see(frame)
    return tracker


def _collide(faces: Sequence[Face]) -> bool:
    """Whether two faces are at the same place: one of them is lost."""
    pairs = itertools.combinations(faces, 2)
    return any(one.overlap(other) > _SAME_PLACE for one, other in pairs)


def window_statistics(looks: Sequence[Look]) -> Array:
    """Looks at one face as the window network reads them, float32 [d]."""
    return window.statistics(
        np.stack([look.votes for look in looks]),
        np.stack([look.movements for look in looks]),
        np.mean([look.embedding for look in looks], axis=0)[None],
    )


def viewing_conditions(looks: Sequence[Look], known: float = 0.0) -> Conditions:
    """How one face is seen in its looks; `known` is how well it is known, 0 to 1."""
    return Conditions.of(
        [(look.view.sharpness, look.view.contrast) for look in looks],
        np.stack([look.pose for look in looks]),
        jaw(looks),
        known,
    )


def jaw(looks: Sequence[Look]) -> Array:
    """How far the jaw is open in each look, [n], 0 to 1."""
    column = names().index(_JAW)
    return np.array([look.movements[column] for look in looks], np.float32)


def _mouth_motion(before: Crop, after: Crop) -> float:
    change = np.abs(after.astype(np.float32) - before)
    contrast = float(after.std()) + 1.0
    more = change[_MOUTH_ROWS].mean() - change[_EYE_ROWS].mean()
    return max(0.0, float(more) / contrast)
