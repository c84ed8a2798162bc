"""Domain: what a sense says about a corpus that its network did not learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Measurement

Floats = NDArray[np.float64]

# Added to the name of a corpus whose other people were learned from.
FAMILIAR = ", familiar"


@dataclass(frozen=True)
class Domain:
    """Votes of one sense on n labelled clips of one corpus.

    Attributes:
        sense: Its modality.
        name: Of the corpus.
        shares: Its distributions, [n, 7].
        quality: Of its evidence, [n].
        labels: Share of each emotion in people's votes, or one for the label, [n, 7].
        groups: Speaker, dialogue or photograph, [n].
        vectors: Its embeddings, [n, d].
        weights: SHA-256 of the network that made the vectors.
        moving: Whether it is a face that was made to move and to speak.
        familiar: Whether the network learned from other people of this corpus.
        measurements: Of each clip, if the sense measures something.
    """

    sense: str
    name: str
    shares: Floats
    quality: Floats
    labels: Floats
    groups: NDArray[np.str_]
    vectors: NDArray[np.float32]
    weights: str
    moving: bool = False
    familiar: bool = False
    measurements: Sequence[Mapping[str, Measurement]] = ()

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Domain":
        """Some of the clips."""
        return replace(
            self,
            shares=self.shares[rows],
            quality=self.quality[rows],
            labels=self.labels[rows],
            groups=self.groups[rows],
            vectors=self.vectors[rows],
            measurements=[
                self.measurements[row] for row in np.arange(len(self.truth))[rows]
            ]
            if self.measurements
            else (),
        )

    @property
    def truth(self) -> NDArray[np.int64]:
        """Index of the emotion with most votes, [n]."""
        result: NDArray[np.int64] = self.labels.argmax(axis=1)
        return result


def one_hot(labels: Sequence[int] | NDArray[np.int64]) -> Floats:
    """Labels as shares of votes, [n, 7]."""
    rows: Floats = np.eye(len(BASIC_EMOTIONS))[np.asarray(labels)]
    return rows
