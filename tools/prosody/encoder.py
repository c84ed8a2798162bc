"""Voice representation: states of Whisper's first encoder layers.

The middle layers carry how something is said, the last layer mostly what is said.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

ENCODER = "whisper-base-layers.onnx"

# A spectrogram in Whisper's units spans 2 (8 powers of ten), and the peak of a clear
# recording lies near 1.4. A fixed peak makes the states independent of the level.
_DYNAMIC_RANGE = 2.0
_PEAK = 1.4
_MAX_FRAMES = 1000
# Mean spectrum of 120 training recordings, in Whisper's units: a polynomial of the
# band, which goes from -1 to 1.
_MEAN_SPECTRUM = (-0.022, -0.029, 0.382, -1.476, -0.516, 1.147)


def normalize_level(mel: Array) -> Array:
    """Shift a log-mel spectrogram [80, n] to a fixed peak level: float32 [80, n]."""
    loudest = mel.max()
    return np.asarray(np.maximum(mel - loudest, -_DYNAMIC_RANGE) + _PEAK, np.float32)


def equalize(mel: Array, frames: NDArray[np.bool_]) -> Array:
    """Give a log-mel spectrogram the mean spectrum of average speech: float32 [80, n].

    What a microphone, a room and a speaker's throat add to every frame is taken away,
    and only changes remain: mean normalisation, as of cepstra (Atal 1974).

    Args:
        mel: float32 [80, n].
        frames: Those with sound, bool [n]; all are used if none is true.
    """
    sounding = mel[:, frames] if frames.any() else mel
    band = np.linspace(-1.0, 1.0, len(mel))
    shift = np.polynomial.polynomial.polyval(band, _MEAN_SPECTRUM)
    shift = shift - sounding.mean(axis=1)
    return np.asarray(mel + (shift - shift.mean())[:, None], dtype=np.float32)


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


def pool_means(states: Array, equalized: Array) -> Array:
    """Means over time of layer 3, of the sound and of equalised sound: float32 [1024].

    Deviations over time and other layers cost recall on corpora not heard.

    Args:
        states: float32 [m, 3, 512].
        equalized: The same for the equalised spectrogram.
    """
    return np.concatenate([states[:, -1].mean(axis=0), equalized[:, -1].mean(axis=0)])


def pool_states(states: Array) -> Array:
    """Mean and standard deviation over time of states [m, 3, 512]: float32 [3072]."""
    return np.concatenate([states.mean(axis=0), states.std(axis=0)], axis=1).reshape(-1)
