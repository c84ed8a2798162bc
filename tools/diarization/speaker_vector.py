"""Speaker vectors: those of one person are alike, whatever is said."""

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.weights import onnx

SPEAKER_ENCODER = "speaker-encoder.onnx"


def speaker_vector(bands: NDArray[np.float32]) -> Vector:
    """Speaker vector of a filterbank: float32 [192] of length one.

    Source: Wang et al. (2023), "CAM++: A Fast and Efficient Network for Speaker
    Verification Using Context-Aware Masking".

    Args:
        bands: float32 [frames, 80], of one person; the longer, the better.

    Raises:
        WeightsError: If the weights are missing or altered.
    """
    centred = bands - bands.mean(axis=0)
    vector = onnx.load(SPEAKER_ENCODER)(filterbank=centred[None])[0][0]
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
