"""Messages of protocol buffers, read without their library and without a schema."""

from collections.abc import Iterator

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5


def read_fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Fields of a message: number and raw value.

    Raises:
        ValueError: If it is no such message.
    """
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        field, kind = key >> 3, key & 7
        start = at
        if kind == _VARINT:
            _, at = _read_varint(message, at)
        elif kind == _BYTES:
            length, start = _read_varint(message, at)
            at = start + length
        elif kind in (_DOUBLE, _FLOAT):
            at += 8 if kind == _DOUBLE else 4
        else:
            raise ValueError(f"not a protocol buffer: wire type {kind}")
        yield field, message[start:at]


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """A whole number in base 128, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
