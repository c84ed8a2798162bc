"""Faces followed through time, and the one of them that the clip is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from affectgraph.tools.clip import Frame
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import Crop, View, align, view
from affectgraph.tools.face.detection import Face, detect
from affectgraph.tools.face.expression import Array, classify
from affectgraph.tools.face.likeness import SAME, Appearance, appearance, likeness
from affectgraph.tools.face.movements import names
from affectgraph.tools.face.window import Conditions

# A face is the same as one before if their boxes overlap this much, they look alike,
# and it was not lost for longer than this many seconds.
_SAME_OVERLAP = 0.2
_LOST_AFTER = 5.0

# Crops read at once, and faces followed at once (the largest ones).
_BATCH = 16
_CROWD = 6

# Faces with less than this share of the subject's prominence are passers-by.
_PASSING = 0.05

# A jaw that opens and closes by so much speaks. By convention, between six clips of
# somebody who speaks (0.067 up) and 46 photographs that are moved about (95 % of them
# below 0.022).
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
        logits: float32 [7], what its expression reads as a photograph.
        right: Chance that this reading is right, for a photograph.
        votes: float32 [8], logits of the picture network.
        movements: float32 [m], in the order of `movements.names()`.
        pose: float32 [3], pitch, yaw and roll of the crop in degrees.
        embedding: float32 [d], what the picture network saw.
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
        motion: Sum over looks of how much more the mouth moved than the eyes.
    """

    number: int
    last_seen: float
    last_face: Face
    last_crop: Crop
    appearance: Appearance
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

    def take(self) -> list[tuple[int, Look]]:
        """The looks since the last call, each with the number of its face.

        The tracker lets them go, so that memory stays flat over a long clip.
        """
        self._read()
        taken = [(track.number, look) for track in self._tracks for look in track.looks]
        for track in self._tracks:
            track.looks.clear()
        return taken

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
        reading = classify([crop for *_, crop in self._unread])
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


def follow(frames: Iterable[Frame], *, side: int) -> Tracker:
    """Show every frame to a new tracker."""
    tracker = Tracker(side=side)
    for frame in frames:
        tracker.see(frame)
    return tracker


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
