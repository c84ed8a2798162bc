"""Files that are broken, odd or extreme: judged by what they hold, or refused."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from affectgraph.agents.demo import demo_clip

pytestmark = pytest.mark.slow

RATE = 16_000
Analyze = Callable[..., Any]
LOOK = ("--tools", "face")
HEAR = ("--tools", "prosody")
READ = ("--tools", "transcript")


def film(
    path: Path,
    images: list[np.ndarray],
    *,
    times: list[int] | None = None,
    rate: int = 5,
    codec: str = "mpeg4",
    **options: str,
) -> Path:
    """A film of these pictures, each at its tick of 1 / `rate` s."""
    with av.open(str(path), "w", options=options) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = stream.codec.video_formats[0].name
        stream.bit_rate = 2_000_000
        for tick, image in zip(times or range(len(images)), images, strict=True):
            frame = av.VideoFrame.from_ndarray(image).reformat(format=stream.pix_fmt)
            frame.pts = tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def recording(path: Path, samples: np.ndarray, codec: str = "pcm_s16le") -> Path:
    """Sound at 16 kHz in the container that the suffix names."""
    with av.open(str(path), "w") as container:
        track: Any = container.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        frames = av.AudioResampler(track.format.name, "mono", RATE).resample(frame)
        for part in (*frames, None):
            container.mux(track.encode(part))
    return path


def picture(path: Path, pixels: np.ndarray) -> Path:
    cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """The demo's face, small: uint8 [even, even, 3]."""
    (frame,) = demo_clip().frames()
    return cv2.resize(frame.image, (256, 256), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def wall(face: np.ndarray) -> np.ndarray:
    return np.full_like(face, 128)


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """Two seconds of the demo's voice."""
    return demo_clip().audio()[: 2 * RATE]


def face_of(result: Any) -> dict[str, Any]:
    return result.verdict["modalities"]["face"]


def test_missing_file(analyze: Analyze, tmp_path: Path) -> None:
    assert (
        "gone.mp4: not found; name a media file"
        in analyze(tmp_path / "gone.mp4").refusal
    )


def test_text_as_mp4(analyze: Analyze, tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no film at all " * 20)
    assert analyze(path).refusal == "text.mp4: not a media file that can be decoded"


def test_zero_bytes(analyze: Analyze, tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert analyze(path).refusal == "empty.mp4: empty (0 bytes)"


def test_mp4_without_moov(analyze: Analyze, tmp_path: Path, wall: np.ndarray) -> None:
    path = film(tmp_path / "cut.mp4", [wall] * 5)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    assert "its index (moov) is missing; copy or record" in analyze(path).refusal


def test_truncated_fast_start(
    analyze: Analyze, tmp_path: Path, face: np.ndarray
) -> None:
    noise = np.random.default_rng(0).integers(0, 40, (20, *face.shape), np.uint8)
    images = [np.maximum(face, one) for one in noise]
    path = film(tmp_path / "part.mp4", images, movflags="faststart")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    verdict = analyze(path, *LOOK).verdict
    assert 0.3 < verdict["clip"]["coverage"] < 0.9
    assert verdict["clip"]["seconds"] == pytest.approx(
        4 * verdict["clip"]["coverage"], abs=0.1
    )
    assert all(e["span"]["end"] <= 4 * 0.9 for e in verdict["evidence"])


def test_bit_flipped(analyze: Analyze, tmp_path: Path, face: np.ndarray) -> None:
    path = film(tmp_path / "flipped.mp4", [face] * 10, movflags="faststart")
    data = bytearray(path.read_bytes())
    first = data.index(b"mdat") + 8
    chance = np.random.default_rng(0)
    for place in chance.integers(first, len(data), len(data) // 300):
        data[place] ^= 1 << int(chance.integers(8))
    path.write_bytes(data)
    result = analyze(path, *LOOK)
    assert result.verdict["clip"]["seconds"] == pytest.approx(2.0, abs=0.1)
    assert face_of(result)["state"] in ("present", "absent")


def test_no_face(analyze: Analyze, tmp_path: Path, wall: np.ndarray) -> None:
    result = analyze(picture(tmp_path / "wall.png", wall), *LOOK)
    assert result.verdict["abstained"] and "no face found" in face_of(result)["reason"]


def test_face_in_some_frames(
    analyze: Analyze, tmp_path: Path, face: np.ndarray, wall: np.ndarray
) -> None:
    result = analyze(film(tmp_path / "half.mp4", [face] * 5 + [wall] * 5), *LOOK)
    first = result.verdict["evidence"][0]
    assert face_of(result)["state"] == "present"
    assert {m["span"]["end"] <= 1.1 for m in first["timeline"]} == {True}


def test_several_faces(analyze: Analyze, tmp_path: Path, face: np.ndarray) -> None:
    small = np.full_like(face, 128)
    small[64:192, 64:192] = face[::2, ::2]
    result = analyze(picture(tmp_path / "two.png", np.hstack([face, small])), *LOOK)
    assert face_of(result)["state"] == "present"
    assert any("face" in e["observation"] for e in result.verdict["evidence"])


def test_no_audio(analyze: Analyze, tmp_path: Path, face: np.ndarray) -> None:
    states = analyze(film(tmp_path / "mute.mp4", [face])).verdict["modalities"]
    assert states["face"]["state"] == "present"
    assert states["prosody"]["reason"] == "the clip has no sound"
    assert states["transcript"]["reason"] == "the clip has neither words nor sound"


def test_silence(analyze: Analyze, tmp_path: Path) -> None:
    path = recording(tmp_path / "silence.wav", np.zeros(RATE, np.float32))
    verdict = analyze(path).verdict
    assert verdict["abstained"]
    assert (
        verdict["modalities"]["transcript"]["reason"] == "no speech found in the sound"
    )


def test_zero_length_audio(analyze: Analyze, tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
    assert (
        analyze(path).refusal == "nothing.wav: its sound is 0 s long; record it again"
    )


def test_10_ms(analyze: Analyze, tmp_path: Path, voice: np.ndarray) -> None:
    verdict = analyze(recording(tmp_path / "short.wav", voice[:160])).verdict
    assert verdict["abstained"] and verdict["clip"]["seconds"] == 0.01


def test_audio_only_mp4(analyze: Analyze, tmp_path: Path, voice: np.ndarray) -> None:
    result = analyze(
        recording(tmp_path / "sound.mp4", voice, "aac"), "--tools", "face,prosody"
    )
    assert face_of(result)["reason"] == "the clip has no picture"
    assert result.verdict["modalities"]["prosody"]["state"] == "present"


@pytest.mark.parametrize("kind", ["rgba", "grey", "16-bit"])
def test_pixels(analyze: Analyze, tmp_path: Path, face: np.ndarray, kind: str) -> None:
    bgr = face[..., ::-1]
    pixels = {
        "rgba": np.dstack([bgr, np.full(bgr.shape[:2], 255, np.uint8)]),
        "grey": cv2.cvtColor(face, cv2.COLOR_RGB2GRAY),
        "16-bit": bgr.astype(np.uint16) * 257,
    }
    result = analyze(picture(tmp_path / f"{kind}.png", pixels[kind]), *LOOK)
    assert result.verdict["label"] == "happy"


def test_one_frame(analyze: Analyze, tmp_path: Path, face: np.ndarray) -> None:
    assert (
        analyze(film(tmp_path / "one.mp4", [face]), *LOOK).verdict["label"] == "happy"
    )


def test_rotated(analyze: Analyze, tmp_path: Path, face: np.ndarray) -> None:
    """Stored on its side, with a display matrix that turns it back."""
    path = film(tmp_path / "turned.mp4", [np.ascontiguousarray(np.rot90(face))] * 3)
    data = path.read_bytes()
    one = 1 << 16
    plain = np.array([one, 0, 0, 0, one, 0, 0, 0, 1 << 30], ">i4").tobytes()
    quarter = np.array([0, one, 0, -one, 0, 0, 0, 0, 1 << 30], ">i4").tobytes()
    first = data.rindex(plain)
    path.write_bytes(data[:first] + quarter + data[first + len(plain) :])
    assert analyze(path, *LOOK).verdict["label"] == "happy"


def test_variable_rate(analyze: Analyze, tmp_path: Path, face: np.ndarray) -> None:
    path = film(tmp_path / "uneven.mp4", [face] * 5, times=[0, 1, 2, 9, 20])
    verdict = analyze(path, *LOOK).verdict
    assert verdict["label"] == "happy"
    assert verdict["clip"]["seconds"] == pytest.approx(4.2, abs=0.1)


def test_8_hours_long(analyze: Analyze, tmp_path: Path, wall: np.ndarray) -> None:
    path = film(tmp_path / "day.mp4", [wall] * 2, times=[0, 8 * 3600], rate=1)
    assert "28801 s long, over the cap of 7200 s; cut it" in analyze(path).refusal


def test_30000_pixels_wide(analyze: Analyze, tmp_path: Path) -> None:
    result = analyze(
        picture(tmp_path / "wide.png", np.zeros((40, 30_000), np.uint8)), *LOOK
    )
    assert result.verdict["abstained"] and "no face found" in face_of(result)["reason"]


def test_30000_pixels_wide_and_2000_high(analyze: Analyze, tmp_path: Path) -> None:
    path = picture(tmp_path / "vast.png", np.zeros((2_000, 30_000), np.uint8))
    assert "30000x2000 pixels, over the cap of 50000000" in analyze(path).refusal


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("ffv1", "mkv"), ("prores_ks", "mov"), ("gif", "gif"), 
     ("libvpx-vp9", "webm"), ("wmv2", "wmv")],
)  # fmt: skip
def test_odd_codec(
    analyze: Analyze, tmp_path: Path, face: np.ndarray, codec: str, suffix: str
) -> None:
    result = analyze(film(tmp_path / f"odd.{suffix}", [face] * 2, codec=codec), *LOOK)
    assert result.verdict["label"] == "happy"


def test_a_codec_nobody_knows(
    analyze: Analyze, tmp_path: Path, wall: np.ndarray
) -> None:
    path = film(tmp_path / "odd.mkv", [wall] * 2, codec="mpeg4")
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/ASP", b"V_NOBODY/KNOWS!"))
    assert "no picture or sound in it that can be decoded" in analyze(path).refusal


def noises(voice: np.ndarray) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    bits = voice[: len(voice) // 400 * 400].reshape(-1, 400)
    return {
        "white noise": chance.normal(0, 0.2, 3 * RATE).clip(-1, 1),
        "a voice backwards": voice[::-1],
        "a voice in splinters": chance.permutation(bits).ravel(),
    }


@pytest.mark.parametrize("kind", noises(np.zeros(400)))
def test_asr_on_noise(
    analyze: Analyze, tmp_path: Path, voice: np.ndarray, kind: str
) -> None:
    samples = np.ascontiguousarray(noises(voice)[kind], np.float32)
    verdict = analyze(recording(tmp_path / "noise.wav", samples), *READ).verdict
    assert verdict["abstained"] and verdict["evidence"] == []


def test_sampling_rate_that_changes(
    analyze: Analyze, tmp_path: Path, voice: np.ndarray
) -> None:
    path = recording(tmp_path / "a.aac", voice, "aac")
    other = tmp_path / "b.aac"
    with av.open(str(other), "w") as container:
        track: Any = container.add_stream("aac", rate=44_100, layout="stereo")
        quiet = np.zeros((2, 44_100), np.float32)
        frame = av.AudioFrame.from_ndarray(quiet, format="fltp", layout="stereo")
        frame.sample_rate = 44_100
        for part in (frame, None):
            container.mux(track.encode(part))
    path.write_bytes(path.read_bytes() + other.read_bytes())
    result = analyze(path, *HEAR)
    assert result.verdict["modalities"]["prosody"]["state"] == "present"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile {}\n"),
    ],
)
def test_a_playlist_opens_no_other_file(
    analyze: Analyze, tmp_path: Path, voice: np.ndarray, name: str, text: str
) -> None:
    recording(tmp_path / "other.aac", voice, "aac")
    path = tmp_path / name
    path.write_text(text.format("other.aac"))
    assert analyze(path).refusal == f"{name}: not a media file that can be decoded"


def test_a_name_that_steers_a_terminal(
    analyze: Analyze, tmp_path: Path, wall: np.ndarray
) -> None:
    picture(tmp_path / "a.png", wall)
    path = (tmp_path / "a.png").rename(tmp_path / "a\x1b[2J\udcff.png")
    result = analyze(path, *LOOK, "--out", tmp_path / "reports")
    assert result.verdict["clip"]["name"] == "a\ufffd[2J\ufffd.png"
    (report,) = (tmp_path / "reports").iterdir()
    assert "\x1b" not in (report / "report.html").read_text()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "text: empty"),
        ("not Unicode: \udcff", "text: not Unicode; pass it as UTF-8"),
        ("a" * 100_001, "100001 characters, over the cap of 100000; shorten it"),
    ],
)
def test_a_text_that_cannot_be_read(analyze: Analyze, text: str, reason: str) -> None:
    assert reason in analyze("--text", text).refusal
