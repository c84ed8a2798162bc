"""One face through time: its looks, and how much its mouth moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from affectgraph.tools.clip import Frame
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import Crop, View, align
from affectgraph.tools.face.detection import Face
from affectgraph.tools.face.expression import Array
from affectgraph.tools.face.identity import Appearance, appearance, is_same_person
from affectgraph.tools.face.landmark_tracker import Place
from affectgraph.tools.face.movements import names
from affectgraph.tools.face.quality import Conditions

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
class Sight:
    """How one frame shows one face.

    Attributes:
        face: Where it is.
        crop: Aligned.
        appearance: What tells it from another person's face.
    """

    face: Face
    crop: Crop
    appearance: Appearance

    @classmethod
    def of(cls, frame: Frame, face: Face) -> "Sight":
        """Cut the face out of the frame."""
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
    sight: Sight
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

    def see(self, time: float, sight: Sight, place: Place) -> None:
        """Note where the face is now, and what it looks like."""
        if self.last_seen < time:
            self.motion += _mouth_motion(self.sight.crop, sight.crop)
        self.last_seen, self.sight, self.place = time, sight, place

    def looks_like(self, sight: Sight, frame: Frame) -> bool:
        """Whether a face in the frame is that of the same person."""
        before, now = self.sight.appearance, sight.appearance
        return is_same_person(before, now, frame.image)


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
