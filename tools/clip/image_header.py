"""The size of a picture, read from the first bytes of its file."""

from contextlib import suppress
from typing import BinaryIO


def read_image_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height that the file of one picture tells; None if it tells none.

    FFmpeg reads all of some files, and decodes some, before it tells their size. The
    formats here are those of which Pillow reads no more than a header.

    Args:
        file: At its start.
    """
    from PIL.BmpImagePlugin import BmpImageFile
    from PIL.GifImagePlugin import GifImageFile
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.TiffImagePlugin import TiffImageFile

    # Not `Image.open`, which warns of large pictures, and fails without their size.
    readers = {
        b"BM": BmpImageFile,
        b"GIF8": GifImageFile,
        b"\xff\xd8\xff": JpegImageFile,
        b"\x89PNG": PngImageFile,
        b"II*\0": TiffImageFile,
        b"MM\0*": TiffImageFile,
    }
    head = file.read(4)
    file.seek(0)
    for start, reader in readers.items():
        if head.startswith(start):
            with suppress(Exception):  # a damaged header is for FFmpeg to judge
                return reader(file).size
    return None
