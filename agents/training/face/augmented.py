"""Augmented clips as the network learns them: the face in each, aligned."""

from collections.abc import Sequence

import numpy as np

from affectgraph.agents.training.face.data import VOTE_WORDS, Faces
from affectgraph.tools.augment.augmented import AugmentedClip
from affectgraph.tools.clip import Clip
from affectgraph.tools.face.alignment import SIZE, Crop, align, as_crop, clearness
from affectgraph.tools.face.detection import CLOSE_SIDE, QUICK_SIDE, detect

_RATE = 1.0


def seen_in(clips: Sequence[AugmentedClip]) -> tuple[list[AugmentedClip], Faces]:
    """The clips that show a face, and the largest face of each where it is sharpest.

    What people labelled teaches both heads of the network; what the graph labelled is
    no FER2013 label, and teaches the head of votes.

    Raises:
        SettingError: If a clip cannot be opened; names its row.
        WeightsError: If the detector's weights cannot be used.
    """
    shown, crops = [], []
    for one in clips:
        clip = one.open()
        crop = _sharpest(clip) if clip.has_video else None
        if crop is not None:
            shown.append(one)
            crops.append(crop)
    targets = np.array([list(one.target.values()) for one in shown], np.float32)
    weights = np.array([one.weight for one in shown], np.float32)
    votes = np.zeros((len(shown), len(VOTE_WORDS)), np.float32)
    pixels = np.zeros((len(shown), SIZE, SIZE), np.uint8)
    labels = np.full(len(shown), -1)
    if shown:
        pixels[:] = crops
        votes[:, : targets.shape[1]] = targets * weights[:, None]
        people = np.array([one.source == "human" for one in shown])
        labels[people] = targets[people].argmax(axis=1)
    return shown, Faces(pixels, labels, votes)


def _sharpest(clip: Clip) -> Crop | None:
    """The largest face of the frame, a second apart, in which it is sharpest.

    A picture as small as a crop is one, as those of FER2013 are.
    """
    side = CLOSE_SIDE if clip.still else QUICK_SIDE
    crops = []
    for frame in clip.frames(clip.span, rate=_RATE):
        if frame.image.shape[:2] == (SIZE, SIZE):
            crops.append(as_crop(frame.image))
            continue
        faces = detect(frame.image, side=side)
        if faces:
            largest = max(faces, key=lambda face: face.size)
            crops.append(align(frame.image, largest.landmarks))
    return max(crops, key=lambda crop: clearness(crop)[0], default=None)
