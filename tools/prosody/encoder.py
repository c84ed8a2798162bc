"""Voice representation: states of Whisper's first encoder layers.

The middle layers carry how something is said, the last layer mostly what is said.
"""

from itertools import pairwise

import numpy as np

from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

ENCODER = "whisper-base-layers.onnx"

# A spectrogram in Whisper's units spans 2 (8 powers of ten), and the peak of a clear
# recording lies near 1.4. A fixed peak makes the states independent of the level.
_DYNAMIC_RANGE = 2.0
_PEAK = 1.4
_MAX_FRAMES = 1000


def normalize_level(mel: Array) -> Array:
    """Shift a log-mel spectrogram [80, n] to a fixed peak level: float32 [80, n]."""
    loudest = mel.max()
    return np.asarray(np.maximum(mel - loudest, -_DYNAMIC_RANGE) + _PEAK, np.float32)


def encoder_states(mel: Array) -> Array:
    """States of encoder layers 1-3 for a log-mel spectrogram.

    A longer spectrogram is encoded in equal parts of at most 10 s, which bounds memory
    and matches the training data.

    Args:
        mel: float32 [80, n], 100 frames a second.

    Returns:
        float32 [n / 2, 3, 512], 50 a second.

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    encoder, mel = onnx.load(ENCODER), normalize_level(mel)
    count = -(-mel.shape[1] // _MAX_FRAMES)
    edges = 2 * np.linspace(0, mel.shape[1] / 2, count + 1).astype(int)
    edges[-1] = mel.shape[1]
    parts = [encoder(mel=mel[None, :, a:b])[0] for a, b in pairwise(edges)]
    return np.concatenate(parts)


def pool_states(states: Array) -> Array:
    """Mean and standard deviation over time of states [m, 3, 512]: float32 [3072]."""
    return np.concatenate([states.mean(axis=0), states.std(axis=0)], axis=1).reshape(-1)
