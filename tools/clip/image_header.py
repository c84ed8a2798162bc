"""The size of an image, read from the header of its file."""

from contextlib import suppress
from typing import BinaryIO


def read_image_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height in the header of an image; None for other files.

    FFmpeg reads all of some files, and decodes some, before it knows their size. Pillow
    reads only a header of the formats here.
    """
    from PIL.BmpImagePlugin import BmpImageFile
    from PIL.GifImagePlugin import GifImageFile
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.TiffImagePlugin import TiffImageFile

    # Not `Image.open`: it warns of large images, and fails without telling their size.
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
            with suppress(Exception):  # FFmpeg judges damaged headers
                return reader(file).size
    return None
