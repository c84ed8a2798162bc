"""Photographs in HEIF files, HEIC and AVIF: their tiles and their orientation.

Phones store a photograph as a grid of tiles. FFmpeg finds and decodes the tiles, but
PyAV does not expose their arrangement. It is in the boxes at the head of the file.

Source: ISO/IEC 14496-12 (boxes) and 23008-12 (grid, `irot`, `imir`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from affectgraph.tools.clip.orientation import (
    MIRRORED,
    QUARTER_LEFT,
    UPRIGHT,
    UPSIDE_DOWN_MIRRORED,
    Orientation,
)

# The head of a photograph has about ten kilobytes, and a grid a dozen bytes.
_MAX_HEAD_BYTES = 4 << 20
_MAX_GRID_BYTES = 64
_BRANDS = {b"mif1", b"mif2", b"miaf", b"heic", b"heix", b"heim", b"heis", b"avif"}


class HeifError(ValueError):
    """The head of the file is damaged or not supported."""


@dataclass(frozen=True)
class HeifPicture:
    """The primary picture of a file.

    Attributes:
        tiles: Ids of its items, row by row.
        columns: Tiles in a row.
        size: Width and height in pixels, to which the tiles are cropped; None for a
            picture without tiles.
        orientation: How to rotate and mirror it upright.
    """

    tiles: tuple[int, ...]
    columns: int = 1
    size: tuple[int, int] | None = None
    orientation: Orientation = UPRIGHT


class _BoxReader:
    """Reads big-endian numbers of a box, one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body, self._offset = body, 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        part = self._body[self._offset : self._offset + size]
        if len(part) < size:
            raise HeifError("the head of the photograph is cut off")
        self._offset += size
        return part

    def number(self, size: int) -> int:
        """The next number of so many bytes; 0 for no bytes."""
        return int.from_bytes(self.take(size))

    def version(self) -> int:
        """The version of a full box, at its start; skips the flags."""
        return self.number(4) >> 24

    def rest(self) -> bytes:
        """All remaining bytes."""
        return self._body[self._offset :]

    def boxes(self) -> Iterator[tuple[bytes, "_BoxReader"]]:
        """The remaining boxes, with their types."""
        while self._offset < len(self._body):
            size, kind = self.number(4), self.take(4)
            if size < 8:
                raise HeifError("a box of the photograph has no size")
            yield kind, _BoxReader(self.take(size - 8))


def primary_picture(file: BinaryIO) -> HeifPicture | None:
    """The primary picture of a HEIF file; None for any other file.

    Raises:
        HeifError: If the file is HEIF, but damaged or not supported.
    """
    head = _head(file)
    if head is None:
        return None
    try:
        meta = _BoxReader(head)
        meta.take(4)
        boxes = dict(meta.boxes())
        primary = _id(boxes[b"pitm"], boxes[b"pitm"].version())
        orientation = _orientation(boxes[b"iprp"], primary)
        if _kind(boxes[b"iinf"], primary) != b"grid":
            return HeifPicture((primary,), orientation=orientation)
        grid = _content(file, boxes, primary)
        return _picture(grid, _tiles(boxes[b"iref"], primary), orientation)
    except KeyError as error:
        raise HeifError(f"the photograph has no box {error}") from error


def _head(file: BinaryIO) -> bytes | None:
    """The `meta` box of a photograph; None for videos and other files."""
    head, is_photograph = None, False
    while len(start := file.read(8)) == 8:
        size, kind = int.from_bytes(start[:4]), start[4:]
        body = size - 8 if size != 1 else int.from_bytes(file.read(8)) - 16
        end = file.tell() + body
        if kind == b"ftyp":
            brands = file.read(max(0, min(body, 1024)))
            is_photograph = any(
                brands[at : at + 4] in _BRANDS for at in range(0, len(brands), 4)
            )
        if not is_photograph or kind == b"moov":
            return None
        if kind == b"meta" and head is None:
            head = file.read(max(0, min(body, _MAX_HEAD_BYTES)))
        if body < 0:  # the last box may extend to the end
            break
        file.seek(end)
    return head


def _id(box: _BoxReader, wide: int) -> int:
    return box.number(4 if wide else 2)


def _kind(iinf: _BoxReader, item: int) -> bytes:
    iinf.number(4 if iinf.version() else 2)
    for _, entry in iinf.boxes():
        wide = entry.version() >= 3
        if _id(entry, wide) == item:
            entry.take(2)
            return entry.take(4)
    raise HeifError("the photograph does not say what it is")


def _tiles(iref: _BoxReader, item: int) -> tuple[int, ...]:
    """Ids of the items that an item consists of."""
    wide = iref.version()
    for kind, references in iref.boxes():
        if _id(references, wide) == item and kind == b"dimg":
            return tuple(_id(references, wide) for _ in range(references.number(2)))
    raise HeifError("the photograph does not say where its tiles are")


def _orientation(iprp: _BoxReader, item: int) -> Orientation:
    """Orientation of an item, from its properties in their order."""
    boxes = dict(iprp.boxes())
    properties = list(boxes[b"ipco"].boxes())
    orientation = UPRIGHT
    for number in _property_numbers(boxes[b"ipma"], item):
        if not 0 < number <= len(properties):
            continue
        kind, value = properties[number - 1]
        if kind == b"irot":
            for _ in range(value.number(1) & 3):
                orientation = orientation.then(QUARTER_LEFT)
        elif kind == b"imir":
            is_horizontal = value.number(1) & 1
            orientation = orientation.then(
                MIRRORED if is_horizontal else UPSIDE_DOWN_MIRRORED
            )
    return orientation


def _property_numbers(ipma: _BoxReader, item: int) -> list[int]:
    """Numbers of the properties of an item, from 1."""
    version, flags = ipma.number(1), ipma.number(3)
    size = 2 if flags & 1 else 1
    for _ in range(ipma.number(4)):
        entry_item = _id(ipma, version)
        numbers = [ipma.number(size) for _ in range(ipma.number(1))]
        if entry_item == item:
            return [number & (0x7FFF if size == 2 else 0x7F) for number in numbers]
    return []


def _content(file: BinaryIO, boxes: dict[bytes, _BoxReader], item: int) -> _BoxReader:
    """The content of a small item, in the head or elsewhere in the file."""
    iloc = boxes[b"iloc"]
    version = iloc.version()
    sizes = iloc.number(2)
    offset_size, length_size, base_size, index_size = (
        (sizes >> shift) & 15 for shift in (12, 8, 4, 0)
    )
    for _ in range(iloc.number(4 if version == 2 else 2)):
        entry_item = _id(iloc, version == 2)
        in_head = version > 0 and iloc.number(2) & 15 == 1
        iloc.take(2)
        start = iloc.number(base_size)
        extents = []
        for _ in range(iloc.number(2)):
            iloc.take(index_size if version else 0)
            offset = start + iloc.number(offset_size)
            extents.append((offset, iloc.number(length_size)))
        if entry_item == item and extents:
            first, size = extents[0]
            if in_head:
                return _BoxReader(boxes[b"idat"].rest()[first : first + size])
            file.seek(first)
            return _BoxReader(file.read(min(size, _MAX_GRID_BYTES)))
    raise HeifError("the photograph does not say where its grid is")


def _picture(
    grid: _BoxReader, tiles: tuple[int, ...], orientation: Orientation
) -> HeifPicture:
    grid.take(1)
    size = 4 if grid.number(1) & 1 else 2
    rows, columns = grid.number(1) + 1, grid.number(1) + 1
    if rows * columns != len(tiles):
        raise HeifError("the photograph lacks tiles")
    return HeifPicture(
        tiles, columns, (grid.number(size), grid.number(size)), orientation
    )
