"""Faces followed through time, and the one of them that the clip is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from affectgraph.tools.clip import Frame
from affectgraph.tools.face.alignment import Crop, View, align, view
from affectgraph.tools.face.detection import Face, detect
from affectgraph.tools.face.expression import Array, classify
from affectgraph.tools.face.geometry import MEASURES, measure
from affectgraph.tools.face.likeness import SAME, Appearance, appearance, likeness

# A face is the same as one before if their boxes overlap this much, they look alike,
# and it was not lost for longer than this many seconds.
_SAME_OVERLAP = 0.2
_LOST_AFTER = 5.0

# Crops read at once, and faces followed at once (the largest ones).
_BATCH = 16
_CROWD = 6

# Faces with less than this share of the subject's prominence are passers-by.
_PASSING = 0.05

# A mouth that opens and closes by so much speaks. By convention, between six clips of
# somebody who speaks (0.08 up) and photographs that are moved about (up to 0.011).
SPEAKING = 0.03
_MOUTH = MEASURES.index("mouth opening")

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
        logits: float32 [7], what its expression reads.
        right: Probability that this reading is right, for a photograph.
        geometry: float32 [6], in the order of `geometry.MEASURES`.
    """

    time: float
    face: Face
    view: View
    logits: Array
    right: float
    geometry: Array


@dataclass
class Track:
    """One person's face through time.

    Attributes:
        number: Which face of the clip, from 1, in order of appearance.
        last_seen: Seconds of the newest frame with it.
        last_face: Where it was there.
        last_crop: What it looked like there.
        appearance: The same, as it is told from another person's.
        after_cut: It began where another person's face was just before.
        looks: In order of time.
        embedding: float32 [d], sum over looks.
        motion: Sum over looks of how much more the mouth moved than the eyes.
    """

    number: int
    last_seen: float
    last_face: Face
    last_crop: Crop
    appearance: Appearance
    after_cut: bool = False
    looks: list[Look] = field(default_factory=list)
    embedding: Array = field(default_factory=lambda: np.zeros(1, np.float32))
    motion: float = 0.0

    @property
    def prominence(self) -> float:
        """Size summed over time, up to doubled by a mouth that moves as in speech."""
        size = sum(look.view.size for look in self.looks)
        return size * (1.0 + min(1.0, self.motion / max(len(self.looks), 1)))

    @property
    def logits(self) -> Array:
        """float32 [n, 7] of all looks."""
        return np.stack([look.logits for look in self.looks])

    @property
    def mouth(self) -> float:
        """Spread of the mouth's opening over the looks, in eye distances."""
        return float(np.std([look.geometry[_MOUTH] for look in self.looks]))

    def see(self, time: float, face: Face, crop: Crop, now: Appearance) -> None:
        """Note where the face is now, and what it looks like."""
        if self.last_seen < time:
            self.motion += _mouth_motion(self.last_crop, crop)
        self.last_seen, self.last_face, self.last_crop = time, face, crop
        self.appearance = now


class Tracker:
    """Finds and follows faces; a frame is let go as soon as it was seen."""

    def __init__(self, *, side: int) -> None:
        """Begin; `side` is the longer side of the picture that the detector sees."""
        self.times: list[float] = []
        self._side = side
        self._tracks: list[Track] = []
        self._unread: list[tuple[Track, float, Face, Crop]] = []

    def see(self, frame: Frame) -> None:
        """Look at the next frame."""
        self.times.append(frame.time)
        faces = detect(frame.image, side=self._side)
        for face in sorted(faces, key=lambda found: -found.size)[:_CROWD]:
            crop = align(frame.image, face.landmarks)
            track = self._track_of(face, frame, crop)
            self._unread.append((track, frame.time, face, crop))
        if len(self._unread) >= _BATCH:
            self._read()

    def tracks(self) -> list[Track]:
        """The faces so far, the most prominent first, without passers-by."""
        self._read()
        ranked = sorted(self._tracks, key=lambda track: -track.prominence)
        return [t for t in ranked if t.prominence >= _PASSING * ranked[0].prominence]

    def _track_of(self, face: Face, frame: Frame, crop: Crop) -> Track:
        """The track that this look continues, or a new one, with the look noted."""
        time, now = frame.time, appearance(frame.image, face.landmarks, crop)
        there = [
            track
            for track in self._tracks
            if track.last_seen < time <= track.last_seen + _LOST_AFTER
            and track.last_face.overlap(face) > _SAME_OVERLAP
        ]
        same = [
            track
            for track in there
            if likeness(track.appearance, now, frame.image) >= SAME
        ]
        if same:
            track = max(same, key=lambda track: track.last_face.overlap(face))
            track.see(time, face, crop, now)
            return track
        cut = any(track.last_seen in self.times[-2:] for track in there)
        new = Track(len(self._tracks) + 1, time, face, crop, now, after_cut=cut)
        self._tracks.append(new)
        return new

    def _read(self) -> None:
        if not self._unread:
            return
        crops = [crop for *_, crop in self._unread]
        reading, geometry = classify(crops), measure(crops)
        for row, (track, time, face, crop) in enumerate(self._unread):
            seen = view(face, crop)
            logits, right = reading.logits[row], reading.qualities[row]
            track.looks.append(Look(time, face, seen, logits, right, geometry[row]))
            track.embedding = track.embedding + reading.embeddings[row]
        self._unread.clear()


def follow(frames: Iterable[Frame], *, side: int) -> Tracker:
    """Show every frame to a new tracker."""
    tracker = Tracker(side=side)
    for frame in frames:
        tracker.see(frame)
    return tracker


def _mouth_motion(before: Crop, after: Crop) -> float:
    change = np.abs(after.astype(np.float32) - before)
    contrast = float(after.std()) + 1.0
    more = change[_MOUTH_ROWS].mean() - change[_EYE_ROWS].mean()
    return max(0.0, float(more) / contrast)
