"""How a person's face looks on average, learned from earlier clips of that person."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.face import window
from affectgraph.tools.face.movements import names
from affectgraph.tools.face.window import VOTES, WINDOW, Array, AverageFace
from affectgraph.tools.weights import onnx

FEATURES = "features/face"

_BASELINE = "baseline/face"

# After so many clips half of their mean is taken for the face's own.
_HALF = 2.0


class FaceBaseline(Frozen):
    """The average of one face, to compare later clips with.

    Attributes:
        votes: By how much the picture network's logits of this face differ from those
            of everybody who moves, [8].
        movements: By how much its movements do, [m].
        embedding: By how much what the picture network sees does, [e].
        clips: How many clips it was learned from; none for a stranger.
    """

    votes: tuple[float, ...] = ()
    movements: tuple[float, ...] = ()
    embedding: tuple[float, ...] = ()
    clips: int = Field(default=0, ge=0)

    @classmethod
    def of(cls, features: Sequence[Array]) -> "FaceBaseline":
        """Learn a face from clips, one window of `window.statistics` a clip.

        Their mean is taken for the face at rest, so they must not all show the same
        emotion; it is drawn towards everybody's, the more the fewer clips there are.

        Raises:
            ValueError: If there is no clip.
            WeightsError: If the network's file is missing or altered.
        """
        if not features:
            raise ValueError("a face is learned from at least one clip")
        population = onnx.load(WINDOW).contract["usual"]
        everybody = AverageFace(
            **{name: np.array(mean, np.float32) for name, mean in population.items()}
        )
        mean = np.mean(features, axis=0)
        average = AverageFace.of(mean, len(everybody.movements))
        offset = average.difference(everybody, _known(len(features)))
        return cls(
            votes=tuple(offset.votes.tolist()),
            movements=tuple(offset.movements.tolist()),
            embedding=tuple(offset.embedding.tolist()),
            clips=len(features),
        )

    @property
    def known(self) -> float:
        """How well the face is known, 0 to 1."""
        return _known(self.clips)

    def applied(self, windows: Array) -> Array:
        """Windows [w, d] of this face without what is its own at rest."""
        if not self.clips:
            return windows
        parts = (self.votes, self.movements, self.embedding)
        return window.without(
            windows, AverageFace(*(np.array(part, np.float32) for part in parts))
        )

    def attach(self, clip: Clip) -> None:
        """Let the face sense know that this person is seen in the clip."""
        parts = [self.clips, *self.votes, *self.movements, *self.embedding]
        clip.keep(_BASELINE, np.array(parts, dtype=np.float32))


def attached(clip: Clip) -> FaceBaseline:
    """The baseline of the person seen in a clip; a stranger's without one."""
    try:
        clips, *averages = clip.kept(_BASELINE).tolist()
    except KeyError:
        return FaceBaseline()
    after = VOTES + len(names()) if clips else VOTES
    return FaceBaseline(
        votes=tuple(averages[:VOTES]),
        movements=tuple(averages[VOTES:after]),
        embedding=tuple(averages[after:]),
        clips=int(clips),
    )


def read_window(features: Array, baseline: FaceBaseline) -> Distribution:
    """What a moving face expresses, from one window of `window.statistics`."""
    return distribution(
        window.read(baseline.applied(features[None])).probabilities[0].tolist()
    )


def _known(clips: int) -> float:
    return clips / (clips + _HALF)
