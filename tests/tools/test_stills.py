"""Still images in every container: 0 s long, upright, and equal to the JPEG."""

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, features
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import ClipError, ClipTooLargeError, NotMediaError
from affectgraph.tools.face.sense import face

pytestmark = pytest.mark.slow

ASTRONAUT = Path(__file__).parents[2] / "agents" / "demo" / "astronaut.jpg"
ORIENTATION = 0x112
Maker = Callable[..., bytes]


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    """A smiling woman, 300 x 340, so that no turn looks like another."""
    return Image.open(ASTRONAUT).convert("RGB").crop((40, 0, 340, 340))


def encode_image(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def one_picture_apng(image: Image.Image) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="apng") as container:
        stream = container.add_stream("apng", rate=5)
        stream.width, stream.height, stream.pix_fmt = *image.size, "rgb24"
        frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
        for part in (frame, None):
            container.mux(stream.encode(part))
    return file.getvalue()


def picture_of(clip: Clip) -> np.ndarray:
    (frame,) = clip.frames()
    return frame.image.astype(float)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG", "TIFF", "apng", "heic"])
def test_a_still_is_read_like_the_jpeg(
    kind: str, photograph: Image.Image, heic: Maker
) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("Pillow has no AVIF encoder here")
    makers = {"apng": one_picture_apng, "heic": lambda image: heic(np.asarray(image))}
    make = makers.get(kind, lambda image: encode_image(image, kind))
    clip, jpeg = (
        Clip.open(d) for d in (make(photograph), encode_image(photograph, "JPEG"))
    )
    assert clip.still and clip.span.seconds == clip.info.seconds == 0.0
    assert np.abs(picture_of(clip) - picture_of(jpeg)).mean() < 8
    evidence, jpeg_evidence = (face.perceive(c, c.span)[0] for c in (clip, jpeg))
    assert top_emotion(evidence.distribution) == "happy"
    assert evidence.distribution == pytest.approx(jpeg_evidence.distribution, abs=0.05)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_obeyed(
    kind: str, orientation: int, photograph: Image.Image
) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    small = photograph.resize((75, 85))
    stored = small.transpose(undo[orientation]) if orientation in undo else small
    exif, tags = Image.Exif(), ImageFileDirectory_v2()
    exif[ORIENTATION] = tags[ORIENTATION] = orientation
    how = {"tiffinfo": tags} if kind == "TIFF" else {"exif": exif}
    seen = picture_of(Clip.open(encode_image(stored, kind, **how)))
    assert np.abs(seen - np.asarray(small)).mean() < 8


@pytest.mark.parametrize(
    ("stored", "how"),
    [
        (lambda p: p[:230, :250], {}),
        (lambda p: np.rot90(p, -1), {"quarter_turns": 1}),
        (lambda p: np.rot90(p, 1), {"quarter_turns": 3}),
        (lambda p: p[:, ::-1], {"mirror": 1}),
        (lambda p: p[::-1], {"mirror": 0}),
        (lambda p: np.rot90(p[:, ::-1], -1), {"quarter_turns": 1, "mirror": 1}),
    ],
)
def test_tiles_are_put_together_cut_turned_and_mirrored(
    stored: Callable[[np.ndarray], np.ndarray],
    how: dict[str, int],
    photograph: Image.Image,
    heic: Maker,
) -> None:
    picture = np.asarray(photograph)
    seen = picture_of(Clip.open(heic(stored(picture), **how)))
    assert np.abs(seen - (picture if how else stored(picture))).mean() < 8


def test_tiles_together_are_held_to_the_cap(
    photograph: Image.Image, heic: Maker
) -> None:
    from affectgraph.tools.clip import Limits

    clip = Clip.open(heic(np.asarray(photograph)), limits=Limits(pixels=20_000))
    with pytest.raises(ClipTooLargeError, match="384x384 pixels"):
        list(clip.frames())


def test_a_damaged_photograph_is_one_typed_error(
    photograph: Image.Image, heic: Maker
) -> None:
    data = heic(np.asarray(photograph))
    for end in range(16, len(data), 61):
        try:
            list(Clip.open(data[:end]).frames())
        except ClipError as error:
            assert "\n" not in str(error)
    with pytest.raises(NotMediaError, match="tiles of it are missing"):
        list(Clip.open(data[: len(data) * 2 // 3]).frames())


def test_an_animated_gif_is_a_film(photograph: Image.Image) -> None:
    dark = photograph.point(lambda value: value // 2)
    data = encode_image(
        photograph, "GIF", save_all=True, append_images=[dark] * 4, duration=200
    )
    clip = Clip.open(data)
    assert not clip.still and clip.span.seconds == pytest.approx(1.0, abs=0.21)


def test_an_animated_avif_plays(photograph: Image.Image) -> None:
    if not features.check("avif"):
        pytest.skip("Pillow has no AVIF encoder here")
    dark = photograph.point(lambda value: value // 2)
    data = encode_image(
        photograph, "AVIF", save_all=True, append_images=[dark] * 4, duration=200
    )
    assert len(list(Clip.open(data).frames())) == 5


@pytest.mark.parametrize(
    ("name", "words"), [("moving.webp", "animated WebP"), ("old.tga", "Targa")]
)
def test_what_is_not_read_is_refused_by_name(
    name: str, words: str, photograph: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / name
    mirrored = photograph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    more = {"save_all": True, "append_images": [mirrored]} if "webp" in name else {}
    photograph.save(path, **more)
    for source in (path, path.read_bytes()):
        with pytest.raises(ClipError, match=words):
            Clip.open(source)
