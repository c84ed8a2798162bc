"""Perturbations: named, seeded changes of a sample with a stated strength."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.errors import SettingError

Rng = np.random.Generator
Change = Callable[[NDArray[Any], float, Rng], tuple[NDArray[Any], str]]


@dataclass(frozen=True)
class Perturbed:
    """A perturbed sample.

    Attributes:
        data: Same shape and type as the sample, except for its length in time.
        name: Name of the perturbation.
        strength: In [0, 1].
        seed: Seed of the random numbers.
        statement: Description of the change, with units.
    """

    data: NDArray[Any]
    name: str
    strength: float
    seed: int
    statement: str


@dataclass(frozen=True)
class Perturbation:
    """A named change of a voice or a face.

    Attributes:
        name: Such as `pitch`.
        change: `(sample, strength, rng) -> (changed sample, statement)`.
    """

    name: str
    change: Change

    def __call__(self, sample: NDArray[Any], strength: float, seed: int) -> Perturbed:
        """Perturb a sample; the same seed gives the same result.

        Args:
            sample: A voice or a face; it is not modified.
            strength: From 0 (hardly any change) to 1.
            seed: Seed of the random numbers.

        Raises:
            SettingError: If the strength is not in [0, 1], or the sample is empty.
        """
        if not 0 <= strength <= 1:
            raise SettingError(f"strength of {self.name} is {strength}; use 0 to 1")
        if not sample.size:
            raise SettingError(f"{self.name}: the sample is empty")
        data, statement = self.change(sample, strength, np.random.default_rng(seed))
        return Perturbed(data, self.name, strength, seed, statement)
