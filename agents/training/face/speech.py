"""Still faces made to move and to speak, in the space of movements.

No labelled talking faces are at hand. So the expression of a labelled photograph comes
and goes from a neutral face, and the mouth of somebody who speaks is laid over it; the
votes stay those of the photograph. The embedding of the picture network follows
the movements as it does among photographs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Movements of the mouth in groups of speech sounds, at full effort: after Edwards et
# al. (2016), "JALI: an animator-centric viseme model", ACM Transactions on Graphics 35.
VISEMES: tuple[dict[str, float], ...] = (
    {"jawOpen": 0.5, "mouthLowerDown": 0.35, "mouthUpperUp": 0.1},
    {"jawOpen": 0.25, "mouthStretch": 0.3, "mouthLowerDown": 0.35, "mouthSmile": 0.1},
    {"jawOpen": 0.12, "mouthStretch": 0.35, "mouthSmile": 0.2, "mouthUpperUp": 0.15},
    {"jawOpen": 0.25, "mouthFunnel": 0.4, "mouthPucker": 0.35},
    {"jawOpen": 0.1, "mouthPucker": 0.7, "mouthFunnel": 0.25},
    {"mouthPress": 0.35, "mouthRollLower": 0.3, "mouthRollUpper": 0.25},
    {"mouthRollLower": 0.35, "mouthUpperUp": 0.15, "jawOpen": 0.05},
    {"jawOpen": 0.1, "mouthShrugUpper": 0.2, "mouthFunnel": 0.2},
)
# From this one on the lips close or nearly close.
_CLOSED = 5

_SYLLABLES = (3.0, 6.0)
_RATE = 5.0
_BLINKS = 0.3

# People who speak show less than people who are photographed: so much of it.
_PEAKS = (0.5, 1.0)

# How far a person's neutral lies from the mean, in shares of how far photographs do.
_OFFSET = 0.8


@dataclass(frozen=True)
class Still:
    """Photographs as the networks measure them.

    Attributes:
        movements: float32 [n, m].
        embeddings: float32 [n, e].
        votes: float32 [n, 8], shares.
    """

    movements: Array
    embeddings: Array
    votes: Array

    def take(self, index: NDArray[np.int64]) -> "Still":
        """Those alone."""
        return Still(self.movements[index], self.embeddings[index], self.votes[index])


class Speech:
    """Makes photographs move; what it needs to know it learns from neutral ones."""

    def __init__(
        self, photographs: Still, names: tuple[str, ...], noise: float
    ) -> None:
        """Learn from photographs.

        Args:
            photographs: Photographs to take neutral faces from, and how the embedding
                changes with the movements.
            names: Of the movements.
            noise: Deviation of the movements from look to look of a face at rest.
        """
        self.names, self.noise = names, noise
        self.neutral = photographs.take(np.flatnonzero(photographs.votes[:, 0] > 0.85))
        self.mean_movements = self.neutral.movements.mean(axis=0)
        self.mean_embedding = self.neutral.embeddings.mean(axis=0)
        self.response = _ridge(photographs.movements, photographs.embeddings)
        self.patterns = np.stack([_pattern(viseme, names) for viseme in VISEMES])
        self.blink = _pattern({"eyeBlink": 0.8}, names)
        self.mouth = np.array(
            [name.startswith(("mouth", "jaw")) for name in names], np.float32
        )

    def __call__(
        self, faces: Still, looks: int, chance: np.random.Generator, *, talk: float
    ) -> tuple[Array, Array, Array, Array]:
        """Movements [n, t, m], embeddings [n, t, e], and by how much both are off.

        The latter, [n, m] and [n, e], is how the person's neutral differs from
        the mean.

        Args:
            faces: Photographs at the apex of their expression.
            looks: How many looks at each, a fifth of a second apart.
            chance: The source of randomness.
            talk: Share of the faces that speak.
        """
        n = len(faces.votes)
        other = chance.integers(0, len(self.neutral.votes), n)
        offset = _OFFSET * (self.neutral.movements[other] - self.mean_movements)
        embedding_offset = _OFFSET * (
            self.neutral.embeddings[other] - self.mean_embedding
        )
        rest, rest_embedding = (
            self.mean_movements + offset,
            self.mean_embedding + embedding_offset,
        )
        rise = self._envelope(n, looks, chance)[..., None]
        base = rest[:, None] + rise * (faces.movements - rest)[:, None]
        embedding = (
            rest_embedding[:, None]
            + rise * (faces.embeddings - rest_embedding)[:, None]
        )
        effort = chance.uniform(0.35, 1.1, (n, 1, 1)) * (
            chance.random((n, 1, 1)) < talk
        )
        spoken, closed = self._visemes(n, looks, chance)
        moved = base * (1.0 - 0.6 * closed[..., None] * effort * self.mouth)
        moved = moved + effort * spoken * (1.0 - moved)
        blinks = chance.random((n, looks, 1)) < _BLINKS / _RATE
        moved = np.clip(np.maximum(moved, blinks * self.blink), 0.0, 1.0)
        embedding = embedding + (moved - base) @ self.response
        moved = moved + chance.normal(0.0, self.noise, moved.shape)
        return (
            np.clip(moved, 0.0, 1.0).astype(np.float32),
            embedding.astype(np.float32),
            offset.astype(np.float32),
            embedding_offset.astype(np.float32),
        )

    def _envelope(self, n: int, looks: int, chance: np.random.Generator) -> Array:
        """How far the expression is there, [n, t]: it rises to its peak and falls."""
        time = np.arange(looks) / max(looks - 1, 1)
        centre, width = chance.uniform(0, 1, (n, 1)), chance.uniform(0.15, 1.0, (n, 1))
        floor = chance.uniform(0.0, 0.7, (n, 1))
        bump = np.exp(-0.5 * np.square((time - centre) / width))
        bump /= bump.max(axis=1, keepdims=True)
        peak = chance.uniform(*_PEAKS, (n, 1))
        risen: Array = (peak * (floor + (1.0 - floor) * bump)).astype(np.float32)
        return risen

    def _visemes(
        self, n: int, looks: int, chance: np.random.Generator
    ) -> tuple[Array, Array]:
        """Patterns [n, t, m] and how far the lips are closed, [n, t]."""
        rate = chance.uniform(*_SYLLABLES, (n, 1))
        phase = chance.random((n, 1)) + rate * np.arange(looks) / _RATE
        syllable, part = np.floor(phase).astype(int), phase % 1.0
        kinds = len(VISEMES)
        drawn = chance.integers(0, kinds, (n, syllable.max() + 2))
        pauses = chance.random(drawn.shape) < 0.12
        now = np.take_along_axis(drawn, syllable, axis=1)
        silent = np.take_along_axis(pauses, syllable, axis=1)
        strength = np.where(silent, 0.0, np.sin(np.pi * part)).astype(np.float32)
        closed = strength * (now >= _CLOSED)
        return self.patterns[now] * strength[..., None], closed.astype(np.float32)


def _pattern(parts: dict[str, float], names: tuple[str, ...]) -> Array:
    return np.array(
        [
            next(
                (
                    v
                    for part, v in parts.items()
                    if name in (part, f"{part}Left", f"{part}Right")
                ),
                0.0,
            )
            for name in names
        ],
        np.float32,
    )


def _ridge(movements: Array, embeddings: Array) -> Array:
    """How embeddings go with movements: [m, e], by ridge regression."""
    inputs = movements - movements.mean(axis=0)
    square = inputs.T @ inputs + np.eye(inputs.shape[1])
    result: Array = np.linalg.solve(
        square, inputs.T @ (embeddings - embeddings.mean(axis=0))
    ).astype(np.float32)
    return result
