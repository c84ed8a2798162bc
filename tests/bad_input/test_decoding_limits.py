"""Caps hold while a clip is decoded, whatever its headers and time stamps say."""

import io
import json
import struct
import subprocess
import sys
import wave
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

RATE = 16_000
SIDE = 16_000
USED = """
import json, sys
from pathlib import Path
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError
from affectgraph.tools.evidence import Span

frames, error = 0, ""
try:
    clip = Clip.open(Path(sys.argv[1]))
    frames = sum(1 for _ in clip.frames())
    clip.audio(Span(start=0, end=1))
except AffectgraphError as refused:
    error = f"{type(refused).__name__}: {refused}"
status = Path("/proc/self/status").read_text().split()
peak = int(status[status.index("VmHWM:") + 1]) // 1024
print(json.dumps({"frames": frames, "error": error, "peak": peak}))
"""


def resources_used(path: Path) -> dict[str, Any]:
    """A process looks at and listens to all of a clip: frames, error, peak in MiB."""
    line = [sys.executable, "-c", USED, str(path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def small_film_peak(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The peak of a small film with sound, in MiB."""
    path = tmp_path_factory.mktemp("accepted") / "small.mkv"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("mjpeg", rate=5)
        video.width = video.height = 64
        video.pix_fmt = "yuvj420p"
        sound: Any = container.add_stream("flac", rate=RATE, layout="mono")
        frame = av.VideoFrame(64, 64, "yuvj420p")
        frame.pts = 0
        for packet in (*video.encode(frame), *video.encode(None)):
            container.mux(packet)
        for packet in flac(sound, 4):
            container.mux(packet)
    result = resources_used(path)
    assert result["error"] == "" and result["frames"] == 1
    peak: int = result["peak"]
    return peak


def flac(stream: Any, frames: int) -> Iterator[av.Packet]:
    silence = np.zeros((1, 4096), np.int16)
    for number in range(frames):
        frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, number * 4096
        yield from stream.encode(frame)


def recorded(path: Path, frames: int, pts: Callable[[int], int]) -> Path:
    """Silence in frames of a quarter second, at these milliseconds."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=RATE, layout="mono")
        for number, packet in enumerate(flac(stream, frames)):
            packet.pts = packet.dts = pts(number)
            packet.time_base = Fraction(1, 1000)
            container.mux(packet)
    return path


@cache
def jpeg(side: int) -> bytes:
    coded = io.BytesIO()
    Image.new("L", (side, side), 128).save(coded, "jpeg", quality=5)
    return coded.getvalue()


def mjpeg(path: Path, sides: list[int], time_base: Fraction = Fraction(1, 5)) -> Path:
    """A film that claims 64x64, whose pictures have these sides."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p"
        for number, side in enumerate(sides):
            packet = av.Packet(jpeg(side))
            packet.pts = packet.dts = number
            packet.time_base, packet.stream = time_base, stream
            container.mux(packet)
    return path


def png(path: Path) -> Path:
    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return (
            struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
        )

    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(SIDE + 1)) for _ in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", rows + packer.flush()), (b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*c) for c in chunks))
    return path


def bmp(path: Path) -> Path:
    """Run lengths: 250 pixels of one colour in two bytes."""
    data = (b"\xfa\x01" * (SIDE // 250) + b"\0\0") * SIDE + b"\0\1"
    start = 14 + 40 + 1024
    file = struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start)
    picture = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 8, 1, 0, 0, 0, 256, 0)
    path.write_bytes(file + picture + bytes(1024) + data)
    return path


def webp(path: Path) -> Path:
    """Lossless, 16,383 pixels a side, all of one colour."""
    image = io.BytesIO()
    Image.new("RGB", (64, 64)).save(image, "webp", lossless=True)
    data = bytearray(image.getvalue())
    first = data.index(b"VP8L") + 9
    (bits,) = struct.unpack_from("<I", data, first)
    sides = (SIDE - 1) | (SIDE - 1) << 14
    struct.pack_into("<I", data, first, bits >> 28 << 28 | sides)
    path.write_bytes(data)
    return path


def huge_headers(path: Path) -> Path:
    """Two small pictures of which only the header is huge: GIF, JPEG and TIFF."""
    Image.new("L", (258, 258)).save(path)
    small, large = (struct.pack(f"{e}H", n) for e, n in (("<", 258), ("<", SIDE)))
    order = slice(None, None, -1 if path.suffix == ".jpg" else 1)
    data = path.read_bytes()
    path.write_bytes(data.replace(small[order], large[order], 3))
    return path


STILLS: dict[str, Callable[[Path], Path]] = {
    "a.png": png, "a.bmp": bmp, "a.webp": webp,
    "a.gif": huge_headers, "a.jpg": huge_headers, "a.tif": huge_headers,
}  # fmt: skip


@pytest.mark.parametrize("name", STILLS)
def test_a_still_of_16000_pixels_a_side(
    tmp_path: Path, small_film_peak: int, name: str
) -> None:
    result = resources_used(STILLS[name](tmp_path / name))
    assert result["error"].startswith(f"ClipTooLargeError: {name}: ")
    assert "50000000" in result["error"] and result["peak"] < small_film_peak + 100


@pytest.mark.parametrize("suffix", ["avi", "mkv"])
@pytest.mark.parametrize("small", [0, 2])
def test_frames_that_outgrow_their_container(
    tmp_path: Path, small_film_peak: int, suffix: str, small: int
) -> None:
    result = resources_used(mjpeg(tmp_path / f"grows.{suffix}", [64] * small + [SIDE]))
    assert result["error"].startswith(f"ClipTooLargeError: grows.{suffix}: ")
    assert result["peak"] < small_film_peak + 100


def test_frames_may_change_their_size_below_the_cap(tmp_path: Path) -> None:
    result = resources_used(mjpeg(tmp_path / "grows.avi", [64, 64, 640, 64]))
    assert (result["frames"], result["error"]) == (4, "")


def test_more_frames_than_time_stamps_have_room_for(tmp_path: Path) -> None:
    lying = mjpeg(tmp_path / "lies.mkv", [64] * 1_500, Fraction(1, 100_000))
    assert resources_used(lying)["error"].startswith(
        "ClipTooLargeError: lies.mkv: more than 1"
    )


def test_more_sound_than_time_stamps_have_room_for(
    tmp_path: Path, small_film_peak: int
) -> None:
    """A minute of it in the time stamps' twentieth of a second."""
    result = resources_used(recorded(tmp_path / "lies.mkv", 240, lambda n: min(n, 50)))
    assert result["error"].startswith("ClipTooLargeError: lies.mkv: its sound goes on")
    assert result["peak"] < small_film_peak + 100


def test_two_hours_of_silence_between_two_packets(
    tmp_path: Path, small_film_peak: int
) -> None:
    result = resources_used(
        recorded(tmp_path / "gap.mkv", 2, lambda n: min(n, 1) * 7_000_000)
    )
    assert result["error"] == "" and result["peak"] < small_film_peak + 100


def test_sound_that_is_sampled_once_a_second(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "slow.wav"), "wb") as file:
        file.setparams((1, 2, 1, 0, "NONE", ""))
        file.writeframes(bytes(2 * 5_000))
    assert resources_used(tmp_path / "slow.wav")["error"] == (
        "NotMediaError: slow.wav: sound of 1 Hz; use 4000 or more"
    )
