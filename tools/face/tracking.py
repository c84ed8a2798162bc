"""Faces followed through time, and the one of them that the clip is about."""

import itertools
import math
from collections.abc import Iterable, Sequence

from affectgraph.tools.clip import Frame
from affectgraph.tools.face import landmark_tracker
from affectgraph.tools.face.alignment import Crop, view
from affectgraph.tools.face.detection import Face, detect
from affectgraph.tools.face.expression import classify
from affectgraph.tools.face.landmark_tracker import Place
from affectgraph.tools.face.track import Look, Sight, Track

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
        sights = [Sight.of(frame, place.face) for place in places]
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
        sights = [Sight.of(frame, face) for face in largest]
        places = landmark_tracker.locate(largest, [sight.crop for sight in sights])
        for sight, place in zip(sights, places, strict=True):
            track = self._track_of(sight, frame, place)
            self._note(track, frame, sight, place)

    def _note(self, track: Track, frame: Frame, sight: Sight, place: Place) -> None:
        track.see(frame.time, sight, place)
        self._unread.append((track, frame.time, sight.face, sight.crop))

    def _track_of(self, sight: Sight, frame: Frame, place: Place) -> Track:
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
