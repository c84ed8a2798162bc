"""What Whisper's first encoder layers make of a voice.

The middle layers carry how something is said; the last one mostly what is said.
"""

from itertools import pairwise

import numpy as np

from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

ENCODER = "whisper-base-layers.onnx"
STATES_PER_SECOND = 50

# A spectrogram in Whisper's units spans 8 powers of ten, which is 2; the loudest frame
# of a clear recording lies near 1.4. Fixing it makes the states blind to the level.
_DEPTH = 2.0
_LOUDEST = 1.4
_LONGEST = 1000


def level_free(mel: Array) -> Array:
    """A log-mel spectrogram [80, n] brought to one level: float32 [80, n]."""
    loudest = mel.max()
    return np.asarray(np.maximum(mel - loudest, -_DEPTH) + _LOUDEST, np.float32)


def states(mel: Array) -> Array:
    """States of layers 1-3 for a log-mel spectrogram.

    A long stretch is encoded in equal parts of at most 10 s: memory stays small, and
    the network hears what it was trained on.

    Args:
        mel: float32 [80, n], 100 frames a second.

    Returns:
        float32 [n / 2, 3, 512], 50 a second.

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    encode, even = onnx.load(ENCODER), level_free(mel)
    count = -(-mel.shape[1] // _LONGEST)
    edges = 2 * np.linspace(0, mel.shape[1] / 2, count + 1).astype(int)
    edges[-1] = mel.shape[1]
    parts = [encode(mel=even[None, :, a:b])[0] for a, b in pairwise(edges)]
    return np.concatenate(parts)


def pooled(part: Array) -> Array:
    """Mean and deviation over time of states [m, 3, 512]: float32 [3072]."""
    return np.concatenate([part.mean(axis=0), part.std(axis=0)], axis=1).reshape(-1)
