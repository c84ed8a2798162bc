"""A perturbation: what is done to a sample, how strongly, and by which chance."""

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
    """A changed sample.

    Attributes:
        data: Of the same shape and type as the sample, but for its length in time.
        name: Which perturbation.
        strength: In [0, 1].
        seed: Of its chance.
        statement: What was done, in units.
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
        change: `(sample, strength, chance) -> (changed, statement)`.
    """

    name: str
    change: Change

    def __call__(self, sample: NDArray[Any], strength: float, seed: int) -> Perturbed:
        """Change a sample; the same seed gives the same change.

        Args:
            sample: A voice or a picture; it is left as it was.
            strength: From 0, which changes next to nothing, to 1.
            seed: Of the chance.

        Raises:
            SettingError: If the strength is not in [0, 1], or the sample is empty.
        """
        if not 0 <= strength <= 1:
            raise SettingError(f"strength of {self.name} is {strength}; use 0 to 1")
        if not sample.size:
            raise SettingError(f"{self.name}: the sample is empty")
        data, statement = self.change(sample, strength, np.random.default_rng(seed))
        return Perturbed(data, self.name, strength, seed, statement)
