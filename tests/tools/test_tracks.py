"""Videos: display orientation, and the choice of tracks."""

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from affectgraph.agents import EmotionAgent
from affectgraph.agents.demo import demo_clip
from affectgraph.tools.clip import Clip

RATE = 16_000
BLACK, GREY = 0, 120
Writer = Callable[..., Path]


def film(
    path: Path,
    pictures: Sequence[np.ndarray],
    sounds: Sequence[np.ndarray] = (),
    *,
    default: int | None = None,
    aspect: Fraction | None = None,
) -> Path:
    """A film with a video track of each picture, and a sound track of each sound."""
    with av.open(str(path), "w") as container:
        tracks: list[Any] = []
        for picture in pictures:
            track: Any = container.add_stream("mpeg4", rate=5, bit_rate=2_000_000)
            track.height, track.width = picture.shape[:2]
            track.pix_fmt = "yuv420p"
            if aspect is not None:
                track.codec_context.sample_aspect_ratio = aspect
            tracks.append(track)
        tracks += [container.add_stream("aac", rate=RATE) for _ in sounds]
        if default is not None:
            for number, track in enumerate(tracks):
                chosen = number % max(len(pictures), len(sounds)) == default
                track.disposition = Disposition.default if chosen else Disposition(0)
        for track, picture in zip(tracks, pictures, strict=False):
            for _ in range(5):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                container.mux(track.encode(frame))
        for track, sound in zip(tracks[len(pictures) :], sounds, strict=True):
            part = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            part.sample_rate = RATE
            container.mux(track.encode(part))
        for track in tracks:
            container.mux(track.encode(None))
    return path


def grey_image(grey: int) -> np.ndarray:
    return np.full((48, 64, 3), grey, np.uint8)


def brightness(clip: Clip) -> float:
    return float(next(clip.frames()).image.mean())


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / f"hdv.{suffix}", [grey_image(GREY)], aspect=Fraction(4, 3))
    assert next(Clip.open(path).frames()).image.shape == (48, 85, 3)


def test_hdv_is_as_wide_as_it_is_shown(tmp_path: Path) -> None:
    stored = np.full((1080, 1440, 3), GREY, np.uint8)
    path = film(tmp_path / "hdv.mp4", [stored], aspect=Fraction(4, 3))
    assert next(Clip.open(path).frames()).image.shape == (720, 1280, 3)


# Rows of the display matrix, and what turns the stored picture upright.
TURNS = {
    "mirrored": ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
    "upside down": ((-1, 0, 0, -1), lambda p: p[::-1, ::-1]),
    "flipped": ((1, 0, 0, -1), lambda p: p[::-1]),
    "turned right": ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
    "turned left": ((0, -1, 1, 0), lambda p: np.rot90(p)),
    "transposed": ((0, 1, 1, 0), lambda p: p.swapaxes(0, 1)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_the_display_matrix_is_obeyed(tmp_path: Path, turn: str) -> None:
    (a, b, c, d), upright = TURNS[turn]
    stored = grey_image(40)
    stored[:24, :32] = 220
    path = film(tmp_path / "turned.mp4", [stored])
    data, fixed_one = path.read_bytes(), 1 << 16
    before = np.array(
        [fixed_one, 0, 0, 0, fixed_one, 0, 0, 0, 1 << 30], ">i4"
    ).tobytes()
    after = [
        a * fixed_one,
        b * fixed_one,
        0,
        c * fixed_one,
        d * fixed_one,
        0,
        0,
        0,
        1 << 30,
    ]
    first = data.rindex(before)
    matrix = np.array(after, ">i4").tobytes()
    path.write_bytes(data[:first] + matrix + data[first + len(before) :])
    seen = next(Clip.open(path).frames()).image.astype(float)
    assert np.abs(seen - upright(stored)).mean() < 8


def test_the_default_tracks_win(tmp_path: Path, tone: np.ndarray) -> None:
    pictures, sounds = [grey_image(60), grey_image(200)], [tone * 0.1, tone]
    for default, grey, peak in ((0, 60, 0.03), (1, 200, 0.3)):
        path = film(tmp_path / f"{default}.mkv", pictures, sounds, default=default)
        clip = Clip.open(path)
        assert brightness(clip) == pytest.approx(grey, abs=8)
        assert np.abs(clip.audio()).max() == pytest.approx(peak, rel=0.3)
        assert clip.notes() == ()


def test_a_cover_picture_is_no_film(tmp_path: Path, tone: np.ndarray) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as container:
        cover: Any = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        sound: Any = container.add_stream("aac", rate=RATE)
        frame = av.VideoFrame.from_ndarray(grey_image(GREY), format="rgb24")
        part = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
        part.sample_rate = RATE
        for track, given in ((cover, frame), (sound, part)):
            container.mux(track.encode(given))
            container.mux(track.encode(None))
    clip = Clip.open(path)
    assert clip.has_audio and not clip.has_video


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_tracks_that_hold_nothing_are_passed_over_and_named(
    tmp_path: Path, tone: np.ndarray, suffix: str
) -> None:
    silence = np.zeros_like(tone)
    path = film(
        tmp_path / f"two.{suffix}",
        [grey_image(BLACK), grey_image(GREY)],
        [silence, tone],
    )
    clip = Clip.open(path)
    assert brightness(clip) == pytest.approx(GREY, abs=8)
    assert np.abs(clip.audio()).max() > 0.2
    seen, heard = clip.notes()
    assert seen.startswith("video track 1 is black") and "track 2" in seen
    assert heard.startswith("sound track 1 is silent") and "track 2" in heard


def test_where_every_track_is_empty_the_first_stays(tmp_path: Path) -> None:
    silence = np.zeros(RATE, np.float32)
    path = film(tmp_path / "no.mkv", [grey_image(BLACK)] * 2, [silence] * 2)
    clip = Clip.open(path)
    assert brightness(clip) < 20 and not clip.audio().any() and clip.notes() == ()


def test_the_verdict_tells_which_track_was_used(tmp_path: Path) -> None:
    voice = demo_clip().audio()
    path = film(tmp_path / "two.mkv", [], [np.zeros_like(voice), voice])
    verdict = EmotionAgent(llm=None, tools=["prosody"]).analyze(path)
    assert verdict.modalities["prosody"].state == "present"
    notes = json.loads(verdict.to_json())["provenance"]["notes"]
    assert any("sound track 1 is silent" in note for note in notes)
