"""Forms of a source: the same content in every form is the same clip."""

import io
import mmap
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipNotFoundError,
    ClipTooLargeError,
    EmptyClipError,
    NotMediaError,
    SettingError,
)

RATE = 16_000


class Tensor:
    """As torch has them: turns into an array, unless it needs a gradient."""

    def __init__(self, array: np.ndarray, *, requires_grad: bool = False) -> None:
        self._array = array
        self._requires_grad = requires_grad

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self._requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self._array if dtype is None else self._array.astype(dtype)


class Named:
    """A path that is no `Path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


class Hostile:
    """Raises at whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise ValueError("no\nway")


@pytest.fixture
def picture() -> np.ndarray:
    """A picture [20, 30, 3] in which no pixel is like another."""
    return np.arange(20 * 30 * 3, dtype=np.uint32).astype(np.uint8).reshape(20, 30, 3)


@pytest.fixture
def png(tmp_path: Path, picture: np.ndarray) -> Path:
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    return path


def first_image(source: Any) -> np.ndarray:
    (frame,) = Clip.open(source).frames()
    return frame.image


def test_a_file_is_the_same_clip_however_it_is_named_or_read(png: Path) -> None:
    data = png.read_bytes()
    written = io.BytesIO()
    written.write(data)  # and it stands at its end
    with png.open("rb") as file, png.open("rb", buffering=0) as raw:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        forms = [
            png, str(png), Named(png), data, bytearray(data), memoryview(data),
            memoryview(data * 2)[: len(data)], written, file, raw, mapped,
        ]  # fmt: skip
        assert len({Clip.open(form).sha256 for form in forms}) == 1
        mapped.close()


def test_a_picture_is_the_same_in_every_form(png: Path, picture: np.ndarray) -> None:
    alpha = np.dstack([picture, np.full((20, 30), 7, np.uint8)])
    forms = [
        png, png.read_bytes(), Image.open(png), Image.fromarray(picture), picture,
        Image.fromarray(alpha), alpha, picture[None], Tensor(picture), picture / 255,
        (picture / 255).astype(np.float32), (alpha / 255).astype(np.float16),
        Tensor(picture[None] / 255), np.asfortranarray(picture),
    ]  # fmt: skip
    for form in forms:
        assert np.array_equal(first_image(form), picture)
    ids = {Clip.open(form).sha256 for form in forms[2:]}
    assert len(ids) == 1


def test_a_grey_picture_may_leave_its_channel_away(picture: np.ndarray) -> None:
    grey = picture[..., 0]
    wanted = np.repeat(grey[..., None], 3, axis=2)
    forms = [grey, grey[..., None], grey / 255, Image.fromarray(grey), wanted]
    for form in forms:
        assert np.array_equal(first_image(form), wanted)


def test_a_photograph_in_pil_stands_upright(picture: np.ndarray) -> None:
    turned, buffer = Image.fromarray(picture), io.BytesIO()
    exif = turned.getexif()
    exif[0x0112] = 6  # turn it by 90 degrees to the right
    turned.save(buffer, "PNG", exif=exif)
    image = first_image(Image.open(buffer))
    assert np.array_equal(image, np.rot90(picture, -1))


def test_a_film_is_the_same_in_bytes_and_in_floats(picture: np.ndarray) -> None:
    film = np.stack([picture, 255 - picture])
    clip, scaled_clip = Clip.open(film), Clip.open(film / 255)
    assert clip.sha256 == scaled_clip.sha256 and clip.span.seconds == pytest.approx(
        2 / 25
    )
    assert not clip.still and len(list(clip.frames(rate=25))) == 2
    assert Clip.open(film, frame_rate=1).sha256 != clip.sha256


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, np.int64(22_050), 48_000.0])
def test_sound_is_the_same_in_every_form(rate: float) -> None:
    wave = np.round(0.5 * np.sin(np.arange(int(rate)) / 20) * 32767).astype(np.int16)
    real = wave / 32768
    pair, swapped = np.stack([wave, wave]), np.stack([wave, wave], axis=1)
    forms: list[np.ndarray] = [
        wave, wave.astype(np.int32) << 16, real, real.astype(np.float32), pair, swapped,
        (pair.astype(np.int32) << 16), swapped / 32768, wave[None], wave[:, None],
    ]  # fmt: skip
    first = Clip.open(wave, sampling_rate=rate)
    assert first.span.seconds == pytest.approx(1, abs=0.01)
    for form in [*forms, Tensor(real)]:
        for clip in (
            Clip.open(form, sampling_rate=rate),
            Clip.open(audio=form, sampling_rate=rate),
        ):
            assert clip.has_audio and not clip.has_video
            assert np.allclose(clip.audio(), first.audio(), atol=1e-3)


def test_the_same_samples_played_faster_are_another_clip() -> None:
    wave = np.sin(np.arange(4_000)).astype(np.float32)
    slow, fast = (Clip.open(wave, sampling_rate=rate) for rate in (8_000, 16_000))
    assert slow.span.seconds == pytest.approx(2 * fast.span.seconds, abs=0.01)
    assert slow.sha256 != fast.sha256


def test_a_sampling_rate_beside_pictures_is_that_of_the_sound() -> None:
    clip = Clip.open(
        np.zeros((50, 60)), audio=np.zeros((8_000, 2)), sampling_rate=8_000
    )
    assert clip.has_video and clip.span.seconds == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "rate",
    [0, -16_000, float("nan"), float("inf"), 44.1, 16, 16_000.5, 10**9, 10**5_000,
     "16000", True, [16_000], Fraction(1, 3)],
    ids=lambda rate: type(rate).__name__,
)  # fmt: skip
def test_a_sampling_rate_that_cannot_be_is_named(rate: Any) -> None:
    wave = np.zeros(100, np.float32)
    with pytest.raises(SettingError, match=r"^sampling_rate "):
        Clip.open(wave, sampling_rate=rate)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), "25", None])
def test_a_frame_rate_that_cannot_be_is_named(rate: Any) -> None:
    with pytest.raises(SettingError, match=r"^frame_rate "):
        Clip.open(np.zeros((2, 9, 9, 3), np.uint8), frame_rate=rate)


@pytest.mark.parametrize(
    ("audio", "error"),
    [
        (np.array([0.1, np.nan]), NotMediaError),
        (np.array([0.1, np.inf], np.float32), NotMediaError),
        (np.array([0.1, -20_000.0]), NotMediaError),
        (np.array([1, 300], np.int32), NotMediaError),
        (np.array([1, 300], np.int64), NotMediaError),
        (np.array([1, 3], np.uint8), NotMediaError),
        (np.array([True]), NotMediaError),
        (np.array(["a"]), NotMediaError),
        (np.array([object()]), NotMediaError),
        (np.array([1j]), NotMediaError),
        (np.float32(0.5), NotMediaError),
        (np.zeros((9, 9)), NotMediaError),
        (np.zeros((2, 2, 2)), NotMediaError),
        (np.zeros((0, 2)), EmptyClipError),
        (np.broadcast_to(np.float32(0), 1 << 40), ClipTooLargeError),
        ("speech.wav", NotMediaError),
        ([0.1, 0.2], NotMediaError),
        (3, NotMediaError),
    ],
    ids=str,
)
def test_sound_that_cannot_be_is_named(audio: Any, error: type) -> None:
    with pytest.raises(error, match=r"^audio: "):
        Clip.open(np.zeros((9, 9, 3), np.uint8), audio=audio)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (np.full((20, 20, 3), 255.0), NotMediaError),
        (np.full((20, 20, 3), -1.0), NotMediaError),
        (np.full((20, 20), np.nan), NotMediaError),
        (np.zeros((20, 20, 3), np.uint16), NotMediaError),
        (np.zeros((20, 20, 3), bool), NotMediaError),
        (np.zeros((3, 20, 20), np.uint8), NotMediaError),
        (np.zeros((2, 2, 2, 2, 3), np.uint8), NotMediaError),
        (np.zeros((0, 20, 3), np.uint8), EmptyClipError),
        (np.zeros((), np.uint8), NotMediaError),
        (np.broadcast_to(np.uint8(0), (9_000, 9_000, 3)), ClipTooLargeError),
        (np.broadcast_to(np.uint8(0), (1 << 30, 9, 9, 3)), ClipTooLargeError),
        (Image.new("I;16", (9, 9)), NotMediaError),
        (Image.new("F", (9, 9)), NotMediaError),
        (Image.new("1", (9_000, 9_000)), ClipTooLargeError),
        (Tensor(np.zeros((9, 9, 3)), requires_grad=True), NotMediaError),
        ([np.zeros((9, 9, 3))], NotMediaError),
        ({"path": "a.mp4"}, NotMediaError),
        (3, NotMediaError),
        (date(2020, 1, 1), NotMediaError),
        (io.BytesIO, NotMediaError),
        (io.StringIO("words"), NotMediaError),
        (object(), NotMediaError),
        (Hostile(), NotMediaError),
        (io.BytesIO(), EmptyClipError),
        (bytearray(), EmptyClipError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_source_that_cannot_be_is_one_line(source: Any, error: type) -> None:
    with pytest.raises(error) as caught:
        Clip.open(source)
    assert "\n" not in str(caught.value)


def test_a_refusal_tells_what_is_accepted() -> None:
    with pytest.raises(NotMediaError, match=r"path.*bytes.*PIL.*array.*\[n, h, w, 3\]"):
        Clip.open(object())


def test_files_that_never_end_or_misbehave_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class NoBytes:
        def read(self, size: int) -> object:
            return object()

    with (tmp_path / "x").open("w") as text, (tmp_path / "y").open("wb") as written:
        for odd in (NoBytes(), text, written):
            with pytest.raises(NotMediaError, match=r"^source: "):
                Clip.open(odd)
    with Path("/dev/zero").open("rb") as endless, pytest.raises(ClipTooLargeError):
        monkeypatch.setattr("affectgraph.tools.clip.source._MAX_FILE_BYTES", 1 << 22)
        Clip.open(endless)


@pytest.mark.parametrize(
    "how",
    [
        {"text": 5},
        {"text": b"bytes"},
        {"text": "a", "language": 5},
        {"text": "a", "turns": "Hello."},
        {"text": "a", "turns": [5]},
        {"text": "a", "limits": 5},
        {"source": np.zeros(9), "audio": np.zeros(9)},
    ],
    ids=str,
)
def test_other_arguments_that_cannot_be_are_named(how: dict[str, Any]) -> None:
    *_, name = how
    with pytest.raises(AffectgraphError, match=rf"^{name}: "):
        Clip.open(**how)


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=20),
    st.binary(max_size=200),
    st.binary(max_size=200).map(bytearray),
    st.binary(max_size=200).map(io.BytesIO),
    st.text(max_size=20).map(io.StringIO),
    st.dates(),
    st.fractions(),
    st.decimals(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
    st.sampled_from([object(), int, len, ..., Path("."), Path("gone")]),
    arrays.arrays(
        st.one_of(arrays.scalar_dtypes(), st.just(np.dtype("float32"))),
        arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=9),
    ),
    arrays.arrays(
        st.sampled_from(["uint8", "float32", "int16"]),
        st.tuples(*[st.sampled_from([1, 2, 3, 9])] * 3),
    ).map(Tensor),
)


@given(source=ODD, audio=ODD, text=ODD, rate=ODD, turns=ODD, language=ODD)
@settings(max_examples=60)
def test_any_object_whatever_gives_a_clip_or_one_line(
    source: Any, audio: Any, text: Any, rate: Any, turns: Any, language: Any
) -> None:
    every = {"audio": audio, "text": text, "sampling_rate": rate, "turns": turns}
    openers: list[Callable[[], Clip]] = [
        lambda: Clip.open(source),
        lambda: Clip.open(audio=audio),
        lambda: Clip.open(source, sampling_rate=8_000),
        lambda: Clip.open(text="a", language=language),
        lambda: Clip.open(source, language=language, **every),
        lambda: Clip.open(source, frame_rate=rate, limits=turns),
    ]
    for open_clip in openers:
        try:
            clip = open_clip()
            list(clip.frames())
            clip.audio()
        except AffectgraphError as error:
            assert str(error) and "\n" not in str(error)


def test_a_path_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    for path in ("gone.mp4", Named(tmp_path / "gone"), "a\0b", "\udcff.mp4", "a" * 300):
        with pytest.raises(ClipNotFoundError):
            Clip.open(path)


def test_limits_apply_to_what_comes_in_memory() -> None:
    with pytest.raises(ClipTooLargeError, match="raise Limits"):
        Clip.open(Image.new("RGB", (40, 40)), limits=Limits(pixels=100))
    with pytest.raises(ClipTooLargeError, match="raise Limits"):
        Clip.open(np.zeros((99, 9, 9, 3), np.uint8), limits=Limits(seconds=1))
