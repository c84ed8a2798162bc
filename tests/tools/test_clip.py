"""Clips of every medium: one time axis, and one-line errors."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.clip.audio import audio_from_array
from affectgraph.tools.errors import (
    ClipError,
    ClipNotFoundError,
    ClipTooLargeError,
    EmptyClipError,
    NotMediaError,
    NoUsableStreamError,
    TruncatedClipError,
)
from affectgraph.tools.evidence import Span

Writer = Callable[..., Path]


def image_file(path: Path, pixels: np.ndarray) -> Path:
    import cv2

    cv2.imwrite(str(path), pixels)
    return path


def test_a_video_gives_frames_sound_and_its_length(
    video: Writer, tone: np.ndarray
) -> None:
    clip = Clip.open(video(seconds=2, sound=np.tile(tone, 2)))
    assert clip.has_video and clip.has_audio
    assert clip.span.seconds == pytest.approx(2.0, abs=0.1)
    assert [f.time for f in clip.frames()] == pytest.approx(
        [0.2 * n for n in range(10)], abs=0.05
    )
    assert len(clip.audio()) == pytest.approx(32_000, abs=2_000)
    assert np.abs(clip.audio()).max() == pytest.approx(0.3, abs=0.05)


def test_frames_of_a_span_are_those_of_its_seconds(video: Writer) -> None:
    clip = Clip.open(video(seconds=2))
    times = [f.time for f in clip.frames(Span(start=1.0, end=1.5), rate=10)]
    assert times == pytest.approx([1.0, 1.12, 1.2, 1.32, 1.4], abs=0.05)


def test_a_variable_frame_rate_is_met_by_time_stamps(video: Writer) -> None:
    burst_then_pause = [*range(10), 40, 41, 42, 80]
    clip = Clip.open(video(fps=20, times=burst_then_pause))
    times = [frame.time for frame in clip.frames(rate=5)]
    assert times == pytest.approx([0.0, 0.2, 0.4, 2.0, 4.0], abs=0.06)


def test_a_rotated_video_stands_upright(video: Writer, tmp_path: Path) -> None:
    source = video("flat.mp4", size=(64, 48))
    turned = tmp_path / "turned.mp4"
    data = source.read_bytes()
    matrix = np.array([1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30], ">i4").tobytes()
    quarter = np.array(
        [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30], ">i4"
    ).tobytes()
    first = data.rindex(matrix)
    turned.write_bytes(data[:first] + quarter + data[first + len(matrix) :])
    frame = next(Clip.open(turned).frames())
    assert frame.image.shape == (64, 48, 3)


def test_sound_alone_has_no_frames(tone: np.ndarray) -> None:
    clip = Clip.open(tone)
    assert not clip.has_video and list(clip.frames()) == []
    assert clip.audio() == pytest.approx(tone, abs=1e-3)


def test_a_span_of_sound_is_those_samples(tone: np.ndarray) -> None:
    clip = Clip.open(tone)
    part = clip.audio(Span(start=0.25, end=0.5))
    assert part == pytest.approx(clip.audio()[4000:8000])


@pytest.mark.parametrize("shape", [(40, 30), (40, 30, 3), (40, 30, 4)])
def test_images_of_any_channels_become_rgb(tmp_path: Path, shape: tuple) -> None:
    path = image_file(tmp_path / "i.png", np.full(shape, 200, np.uint8))
    clip = Clip.open(path)
    (frame,) = clip.frames()
    assert clip.still and frame.time == 0.0
    assert frame.image.shape == (40, 30, 3) and frame.image.dtype == np.uint8


def test_a_16_bit_image_is_scaled_not_clipped(tmp_path: Path) -> None:
    path = image_file(tmp_path / "i.png", np.full((40, 30), 32_768, np.uint16))
    (frame,) = Clip.open(path).frames()
    assert frame.image.mean() == pytest.approx(128, abs=3)


def test_large_frames_are_scaled_down() -> None:
    clip = Clip.open(np.zeros((400, 800, 3), np.uint8), limits=Limits(side=200))
    assert next(clip.frames()).image.shape == (100, 200, 3)


def test_bytes_are_as_good_as_a_file(video: Writer) -> None:
    path = video()
    from_file, from_bytes = Clip.open(path), Clip.open(path.read_bytes())
    assert from_file.sha256 == from_bytes.sha256
    assert len(list(from_file.frames())) == len(list(from_bytes.frames()))


def test_text_is_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("What a day!")
    assert Clip.open(path).text == Clip.open(text="What a day!").text == "What a day!"


def test_what_is_in_it_is_its_identity(tone: np.ndarray) -> None:
    hashes = {
        Clip.open(tone).sha256,
        Clip.open(tone, text="a").sha256,
        Clip.open(tone, text="b").sha256,
        Clip.open(text="a").sha256,
    }
    assert len(hashes) == 4


def test_of_several_tracks_one_is_used_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("pcm_s16le", rate=16_000) for _ in range(2)]
        for track in tracks:
            frame = av.AudioFrame.from_ndarray(
                np.full((1, 16_000), 1000, np.int16), format="s16", layout="mono"
            )
            frame.sample_rate = 16_000
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    clip = Clip.open(path)
    assert clip.info.audio_tracks == 2 and len(clip.audio()) == 16_000


def test_a_truncated_video_tells_its_coverage(video: Writer, tmp_path: Path) -> None:
    options = {"movflags": "faststart"}
    whole = video("whole.mp4", seconds=8, size=(320, 240), options=options)
    cut = tmp_path / "cut.mp4"
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 6 // 10])
    clip = Clip.open(cut)
    assert 0.2 < clip.info.coverage < 0.9
    assert clip.span.seconds == pytest.approx(8 * clip.info.coverage, abs=0.2)
    assert list(clip.frames())[-1].time <= clip.span.seconds + 0.1


def bad_files(tmp_path: Path, video: Writer) -> dict[str, tuple[Path, type]]:
    whole = video("good.mp4").read_bytes()
    files = {
        "missing": (tmp_path / "missing.mp4", ClipNotFoundError),
        "folder": (tmp_path, ClipNotFoundError),
        "empty": (tmp_path / "empty.mp4", EmptyClipError),
        "text": (tmp_path / "text.mp4", NotMediaError),
        "no moov": (tmp_path / "cut.mp4", TruncatedClipError),
        "subtitles": (tmp_path / "words.srt", NoUsableStreamError),
    }
    files["empty"][0].write_bytes(b"")
    files["text"][0].write_text("this is no film, " * 30)
    files["no moov"][0].write_bytes(whole[: whole.index(b"moov") - 8])
    files["subtitles"][0].write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    return files


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "empty", "text", "no moov", "subtitles"]
)
def test_a_bad_file_is_one_line_that_names_it(
    kind: str, tmp_path: Path, video: Writer
) -> None:
    path, error = bad_files(tmp_path, video)[kind]
    with pytest.raises(error) as caught:
        Clip.open(path)
    assert path.name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "limits"),
    [
        (np.zeros((40, 40, 3), np.uint8), Limits(pixels=100)),
        (np.zeros(32_000, np.float32), Limits(seconds=1)),
    ],
)
def test_what_passes_a_cap_is_refused(source: np.ndarray, limits: Limits) -> None:
    with pytest.raises(ClipTooLargeError, match="raise Limits"):
        Clip.open(source, limits=limits)


def test_too_many_frames_are_refused(video: Writer) -> None:
    clip = Clip.open(video(seconds=2), limits=Limits(frames=3))
    with pytest.raises(ClipTooLargeError, match="more than 3 frames"):
        list(clip.frames())


def test_nothing_at_all_is_refused() -> None:
    for nothing in ({}, {"text": "  "}, {"audio": np.zeros(0, np.float32)}):
        with pytest.raises(EmptyClipError):
            Clip.open(**nothing)


def test_sound_that_is_not_finite_is_refused() -> None:
    with pytest.raises(NotMediaError, match="not finite"):
        Clip.open(np.array([0.0, np.nan], np.float32))


@given(data=st.binary(min_size=1, max_size=300))
def test_no_bytes_whatever_raise_anything_but_a_clip_error(data: bytes) -> None:
    for body in (data, b"\0\0\0\x18ftypmp42" + data, b"RIFF" + data, b"\x89PNG" + data):
        try:
            clip = Clip.open(body)
            list(clip.frames())
            clip.audio()
        except ClipError as error:
            assert "\n" not in str(error)


@given(
    seconds=st.floats(0.05, 2.0), rate=st.sampled_from([8_000, 16_000, 44_100, 48_000])
)
def test_resampling_keeps_the_length(seconds: float, rate: int) -> None:
    samples = np.zeros(max(1, int(seconds * rate)), np.float32)
    assert audio_from_array(samples, rate).seconds == pytest.approx(
        len(samples) / rate, abs=0.005
    )


def test_an_artifact_is_computed_once(tone: np.ndarray) -> None:
    clip, calls = Clip.open(tone), []
    for _ in range(3):
        clip.artifact("key", lambda: calls.append(1))
    assert calls == [1]


def test_a_vector_is_kept_by_key(tone: np.ndarray) -> None:
    clip = Clip.open(tone)
    key = clip.keep("embedding/face", np.arange(3.0))
    assert clip.kept(key) == pytest.approx([0, 1, 2])
    with pytest.raises(KeyError):
        clip.kept("embedding/none")


def test_words_given_with_sound_do_not_make_another_footage(tone: np.ndarray) -> None:
    without_text, with_text = Clip.open(tone), Clip.open(tone, text="a")
    assert (
        without_text.sha256
        == without_text.footage
        == with_text.footage
        == with_text.info.footage
    )
    assert (
        Clip.open(text="a").footage == Clip.open(text="a").sha256 != with_text.footage
    )


def test_words_with_other_punctuation_are_the_same_words() -> None:
    typed_a, typed_b = "Don't go, please \u2026 STAY!", "don\u2019t go. Please, stay"
    clip_a, clip_b = Clip.open(text=typed_a), Clip.open(text=typed_b)
    assert clip_a.footage == clip_b.footage
    assert clip_a.sha256 != clip_b.sha256
    apart = ["I passed :)", "I passed :(", "I passed \U0001f622", "?!", "!?", "..."]
    assert len({Clip.open(text=text).footage for text in apart}) == len(apart)


@pytest.mark.parametrize("as_file", [True, False])
def test_a_photograph_is_seen_at_any_moment_of_its_sound(
    tmp_path: Path, as_file: bool
) -> None:
    picture = np.full((20, 30, 3), 128, np.uint8)
    source = image_file(tmp_path / "still.png", picture) if as_file else picture
    clip = Clip.open(source, audio=np.zeros(48_000, np.float32))
    assert len(list(clip.frames(Span(start=1.0, end=2.0)))) == 1


def test_a_clip_knows_its_file_where_it_has_one(video: Callable[..., Path]) -> None:
    path = video()
    assert Clip.open(path).path == Clip.open(str(path)).path == path
    assert Clip.open(path.read_bytes()).path is None
    assert Clip.open(text="No file.").path is None
