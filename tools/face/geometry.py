"""What the parts of a face do, in distances between the eyes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face.alignment import Crop
from affectgraph.tools.weights import onnx

GEOMETRY = "face-geometry.onnx"

# In the order of the network's output; units are distances between the eyes.
MEASURES = (
    "brow height",
    "brow gap",
    "eye opening",
    "mouth opening",
    "lip corners",
    "mouth width",
)

Array = NDArray[np.float32]


def measure(crops: Sequence[Crop]) -> Array:
    """Measure aligned faces, each as it is and mirrored.

    Args:
        crops: uint8 [48, 48] each, at least one, framed as `alignment.align` does.

    Returns:
        float32 [n, 6] in the order of `MEASURES`.

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    faces = np.stack(crops).astype(np.float32)[:, None] / np.float32(255.0)
    (found,) = onnx.load(GEOMETRY)(faces=np.concatenate([faces, faces[..., ::-1]]))
    result: Array = (found[: len(faces)] + found[len(faces) :]) / 2.0
    return result


def population() -> Mapping[str, Any]:
    """Percentiles of each measure among FER2013 photographs, and their deviation.

    Returns:
        Measure to `low`, `middle`, `high` (10th, 50th, 90th percentile), `spread`.
    """
    typical: Mapping[str, Any] = onnx.load(GEOMETRY).contract["population"]
    return typical
