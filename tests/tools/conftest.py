"""A maker of photographs as phones write them: HEVC tiles in a HEIF file."""

import io
import struct
from collections.abc import Callable

import av
import numpy as np
import pytest

SIDE = 128


@pytest.fixture(scope="session")
def heic() -> Callable[..., bytes]:
    """Encode a photograph; see `_photograph`."""
    if "libx265" not in av.codecs_available:
        pytest.skip("PyAV has no HEVC encoder here")
    return _photograph


def _photograph(
    picture: np.ndarray, *, quarter_turns: int = 0, mirror: int | None = None
) -> bytes:
    """Encode a picture uint8 [height, width, 3] as a grid of tiles.

    Args:
        picture: As it is stored.
        quarter_turns: To the left, by which it is to be turned.
        mirror: 1 to swap left and right, 0 top and bottom; None for neither.
    """
    height, width = picture.shape[:2]
    rows, columns = -(-height // SIDE), -(-width // SIDE)
    room = ((0, rows * SIDE - height), (0, columns * SIDE - width), (0, 0))
    padded = np.pad(picture, room, mode="edge")
    tiles = [
        _encoded(padded[r * SIDE :, c * SIDE :][:SIDE, :SIDE])
        for r in range(rows)
        for c in range(columns)
    ]
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    properties = [tiles[0][0], _extent(SIDE, SIDE), _extent(width, height)]
    if quarter_turns:
        properties.append(_box(b"irot", bytes([quarter_turns])))
    if mirror is not None:
        properties.append(_box(b"imir", bytes([mirror])))
    samples = [sample for _, sample in tiles]
    kind = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    start = len(kind) + len(_meta(samples, 0, grid, properties)) + 8
    head = kind + _meta(samples, start, grid, properties)
    return head + _box(b"mdat", *samples)


def _meta(
    samples: list[bytes], start: int, grid: bytes, properties: list[bytes]
) -> bytes:
    count = len(samples)
    ids, whole = range(1, count + 1), count + 1
    starts = np.cumsum([start, *map(len, samples)])
    places = [
        struct.pack(">HHHHII", n, 0, 0, 1, starts[n - 1], len(samples[n - 1]))
        for n in ids
    ]
    places.append(struct.pack(">HHHHII", whole, 1, 0, 1, 0, len(grid)))
    kinds = [_item(n, b"hvc1") for n in ids] + [_item(whole, b"grid")]
    numbers = range(3, len(properties) + 1)
    owned = [struct.pack(">HBBB", n, 2, 0x81, 2) for n in ids]
    owned.append(struct.pack(">HB", whole, len(numbers)) + bytes(numbers))
    parts = b"".join(struct.pack(">H", n) for n in ids)
    return _full(
        b"meta",
        0,
        _full(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
        _full(b"pitm", 0, struct.pack(">H", whole)),
        _full(b"iloc", 1, b"\x44\x00", struct.pack(">H", whole), *places),
        _full(b"iinf", 0, struct.pack(">H", whole), *kinds),
        _full(b"iref", 0, _box(b"dimg", struct.pack(">HH", whole, count), parts)),
        _box(
            b"iprp",
            _box(b"ipco", *properties),
            _full(b"ipma", 0, struct.pack(">I", whole), *owned),
        ),
        _box(b"idat", grid),
    )


def _encoded(tile: np.ndarray) -> tuple[bytes, bytes]:
    """The decoder's settings, as the box `hvcC`, and the one sample of a tile."""
    film = io.BytesIO()
    with av.open(film, "w", format="mp4") as container:
        stream = container.add_stream("libx265", rate=1)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.codec_tag = "hvc1"
        stream.options = {"x265-params": "log-level=none:crf=12:keyint=1"}
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(tile), format="rgb24")
        for part in (frame, None):
            container.mux(stream.encode(part))
    data = film.getvalue()
    settings, sample = (data[data.index(kind) - 4 :] for kind in (b"hvcC", b"mdat"))
    return settings[: int.from_bytes(settings[:4])], sample[
        8 : int.from_bytes(sample[:4])
    ]


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, version: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *parts)


def _item(number: int, kind: bytes) -> bytes:
    return _full(b"infe", 2, struct.pack(">HH4s", number, 0, kind), b"\0")


def _extent(width: int, height: int) -> bytes:
    return _full(b"ispe", 0, struct.pack(">II", width, height))
