"""Images, films and sound given as arrays, in any of their usual forms."""

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip.audio import SAMPLING_RATE
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.errors import EmptyClipError, NotMediaError, SettingError

_MAX_CHANNELS = 8
# Resizing and resampling overshoot slightly. Larger values are of another scale.
_MAX_PICTURE_OVERSHOOT = 0.01
_MAX_SOUND_PEAK = 2.0
_INT16 = 1 << 15
_INT32 = 1 << 31


def checked_sampling_rate(value: object) -> int:
    """Sampling rate in Hz; 16,000 for None.

    Raises:
        SettingError: If it is not a whole number in the range of sampling rates.
    """
    if value is None:
        return SAMPLING_RATE
    rate = _checked_number("sampling_rate", value, 1_000, 1_000_000)
    if rate != int(rate):
        raise SettingError(f"sampling_rate is {rate}; pass whole samples a second")
    return int(rate)


def checked_frame_rate(value: object) -> float:
    """Frame rate in frames per second.

    Raises:
        SettingError: If it is not a number in the range of frame rates.
    """
    return _checked_number("frame_rate", value, 0.001, 10_000)


def is_sound(array: NDArray[Any], *, has_sampling_rate: bool) -> bool:
    """Whether an array is sound rather than an image.

    Args:
        array: [n], [channels, n] or [n, channels].
        has_sampling_rate: Whether a sampling rate was given with it.
    """
    if array.ndim != 2:
        return array.ndim == 1
    few_channels = min(array.shape) <= _MAX_CHANNELS
    return (
        has_sampling_rate
        or (array.dtype != np.uint8 and few_channels)
        or array.dtype.kind == "i"
    )


def as_images(
    array: NDArray[Any], name: str, frame_rate: float, limits: Limits
) -> Image:
    """Images as uint8 [n, height, width, 3].

    Args:
        array: uint8, or float in 0..1; [h, w], [h, w, 1, 3 or 4] or [n, h, w, 1, 3 or
            4]; the fourth channel is ignored.
        name: Name of the argument.
        frame_rate: Frames per second of a film.
        limits: Caps on pixels and duration.
    """
    images = array[..., None] if array.ndim == 2 else array
    images = images[None] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[3] not in (1, 3, 4):
        raise NotMediaError(
            f"{name}: shape {_shape(array)} is neither a picture, [h, w] or "
            "[h, w, 1, 3 or 4], nor a film, [n, h, w, 3], nor sound, [n] or "
            "[channels, n]; channels of pictures go last"
        )
    if images.size == 0:
        raise EmptyClipError(f"{name}: shape {_shape(array)} holds nothing")
    limits.check_pixels(name, images.shape[2], images.shape[1])
    if len(images) > 1:
        limits.check_seconds(name, len(images) / frame_rate)
    images = _to_uint8(images[..., :3], name)
    return np.repeat(images, 3, axis=3) if images.shape[3] == 1 else images


def as_sound(
    array: NDArray[Any], name: str, sampling_rate: int, limits: Limits
) -> NDArray[Any]:
    """Sound as int16, or float32 in [-1, 1], [channels, samples].

    Args:
        array: int16, int32, or float in [-1, 1]; [n], [n, channels] or [channels, n].
        name: Name of the argument.
        sampling_rate: In Hz.
        limits: Caps on duration.
    """
    sound = np.atleast_2d(array)
    if sound.ndim == 2 and sound.shape[0] > sound.shape[1]:
        sound = sound.T
    if array.ndim not in (1, 2) or (sound.shape[0] > _MAX_CHANNELS and sound.size):
        raise NotMediaError(
            f"{name}: shape {_shape(array)} is no sound; pass [n], [n, channels] or "
            f"[channels, n], of at most {_MAX_CHANNELS} channels"
        )
    if sound.size == 0:
        raise EmptyClipError(f"{name}: sound of zero samples")
    limits.check_seconds(name, sound.shape[1] / sampling_rate)
    if sound.dtype == np.int16:
        return sound
    if sound.dtype == np.int32:
        return _from_int32(sound, name)
    if sound.dtype.kind != "f":
        raise NotMediaError(
            f"{name}: sound must be int16, int32 or float, not {sound.dtype}"
        )
    low, high = _range(sound, name)
    if max(-low, high) > _MAX_SOUND_PEAK:
        raise NotMediaError(
            f"{name}: sound from {low:g} to {high:g}; scale floats to -1..1, or pass "
            "int16"
        )
    return sound.astype(np.float32)


def _from_int32(sound: NDArray[Any], name: str) -> NDArray[np.float32]:
    low, high = int(sound.min()), int(sound.max())
    if (low or high) and low >= -_INT16 and high < _INT16:
        raise NotMediaError(
            f"{name}: int32 sound from {low} to {high}, which would be silence; pass "
            "16-bit samples as int16"
        )
    return (sound / _INT32).astype(np.float32)


def _to_uint8(images: NDArray[Any], name: str) -> Image:
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind != "f":
        raise NotMediaError(
            f"{name}: pictures must be uint8, or float in 0..1, not {images.dtype}"
        )
    low, high = _range(images, name)
    if low < -_MAX_PICTURE_OVERSHOOT or high > 1 + _MAX_PICTURE_OVERSHOOT:
        raise NotMediaError(
            f"{name}: a picture of floats from {low:g} to {high:g}; scale it to 0..1, "
            "or pass uint8; sound of two dimensions needs its sampling_rate"
        )
    converted = np.empty(images.shape, np.uint8)
    for number, image in enumerate(images):  # one by one, as films are large
        converted[number] = np.rint(np.clip(image, 0, 1) * 255)
    return converted


def _range(values: NDArray[Any], name: str) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise NotMediaError(f"{name}: holds values that are not finite (NaN, infinity)")
    return low, high


def _checked_number(name: str, value: object, low: float, high: float) -> float:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise SettingError(
            f"{name} is a {type(value).__name__}; pass a number from {low:g} to "
            f"{high:g}"
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not low <= number <= high:
        raise SettingError(
            f"{name} is {number:g}; pass a number from {low:g} to {high:g}"
        )
    return number


def _shape(array: NDArray[Any]) -> str:
    return "x".join(map(str, array.shape)) or "()"
