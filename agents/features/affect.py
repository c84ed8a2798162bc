"""The seven emotions, valence and arousal as columns of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, valence_arousal

# Name to one value a row; NaN where nothing was measured.
Columns = dict[str, NDArray[Any]]

AFFECT = (*BASIC_EMOTIONS, "valence", "arousal")


def affect_columns(distributions: Sequence[Distribution | None]) -> Columns:
    """Columns `AFFECT`, one row a distribution; NaN where there is none.

    Valence and arousal are expected values under the seven emotions: no network of this
    package learned them from ratings.
    """
    rows = np.full((len(distributions), len(AFFECT)), np.nan)
    for row, shares in zip(rows, distributions, strict=True):
        if shares is not None:
            row[:] = (*(shares[e] for e in BASIC_EMOTIONS), *valence_arousal(shares))
    return dict(zip(AFFECT, rows.T, strict=True))
