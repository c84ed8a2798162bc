"""A face is followed through everything but a cut to another person."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.sense import face

pytestmark = pytest.mark.slow

ASTRONAUT = Path(__file__).parents[2] / "agents" / "demo" / "astronaut.jpg"
RATE = 5.0
Picture = np.ndarray


def portrait(source: object) -> Picture:
    """Head and shoulders of the one face in a picture: uint8 [360, 360, 3]."""
    picture = Image.open(source).convert("RGB")  # type: ignore[arg-type]
    picture.thumbnail((360, 360))
    canvas = Image.new("RGB", (360, 360), (90, 120, 90))
    canvas.paste(picture, ((360 - picture.width) // 2, 0))
    return np.asarray(canvas)


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    return portrait(ASTRONAUT)


@pytest.fixture(scope="module")
def admiral() -> Picture:
    """Grace Hopper, in the public domain, her face where the astronaut's is."""
    picture = portrait(get_sample_data("grace_hopper.jpg", asfileobj=False))
    shift = np.float32([[0.9, 0, 15], [0, 0.9, 15]])
    return cv2.warpAffine(picture, shift, (360, 360), borderMode=cv2.BORDER_REPLICATE)


def face_evidence(pictures: Sequence[Picture]) -> Evidence:
    clip = Clip.open(np.stack(pictures), frame_rate=RATE)
    return face.perceive(clip, clip.span)[0]


def frames(summary: Evidence) -> int:
    coverage = summary.measurements["coverage"].value
    return round(coverage * summary.span.seconds * RATE)


def test_a_cut_to_another_person_is_another_face(
    astronaut: Picture, admiral: Picture
) -> None:
    summary = face_evidence([astronaut] * 8 + [admiral] * 7)
    assert summary.measurements["faces"].value == 2
    assert frames(summary) in (7, 8)
    assert summary.observation.endswith("The first cut to another face is at 1.6 s.")


def test_back_at_the_first_person_it_is_the_first_face(
    astronaut: Picture, admiral: Picture
) -> None:
    summary = face_evidence([astronaut] * 5 + [admiral] * 3 + [astronaut] * 5)
    assert summary.measurements["faces"].value == 2
    assert frames(summary) == 10


def moved(picture: Picture, angle: float, scale: float, right: float) -> Picture:
    matrix = cv2.getRotationMatrix2D((180, 180), angle, scale)
    matrix[0, 2] += right
    return cv2.warpAffine(picture, matrix, (360, 360), borderMode=cv2.BORDER_REPLICATE)


def turned(picture: Picture, degrees: float) -> Picture:
    """The head, as a cylinder, turned sideways; the shoulders stay."""
    row, column = np.mgrid[0:360, 0:360].astype(np.float32)
    across, down = (column - 165) / 75, (row - 105) / 105
    radius = np.sqrt(np.clip(1 - down**2, 1e-3, 1))
    angle = np.arcsin(np.clip(across / radius, -1, 1)) - np.deg2rad(degrees)
    there = 165 + 75 * radius * np.sin(np.clip(angle, -np.pi / 2, np.pi / 2))
    inside = across**2 + down**2 < 1
    source = np.where(inside, there, column).astype(np.float32)
    return cv2.remap(picture, source, row, cv2.INTER_LINEAR)


def flashed(picture: Picture) -> Picture:
    return np.clip(picture * 1.8 + 50.0, 0, 255).astype(np.uint8)


MOVEMENTS: dict[str, Callable[[Picture], list[Picture]]] = {
    "sways": lambda p: [moved(p, 6 * np.sin(n), 1, 9 * np.cos(n)) for n in range(15)],
    "zooms in": lambda p: [moved(p, 0, 1 + 0.04 * n, 0) for n in range(15)],
    "jumps closer": lambda p: [p] * 7 + [moved(p, 0, 1.4, 0)] * 8,
    "turns": lambda p: [turned(p, 25 * np.sin(n * 0.7)) for n in range(15)],
    "flash": lambda p: [flashed(p) if n in (5, 9) else p for n in range(15)],
    "dims": lambda p: [p] * 7 + [p // 4] * 8,
}


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("person", ["astronaut", "admiral"])
def test_movement_and_light_are_no_cut(
    movement: str, person: str, request: pytest.FixtureRequest
) -> None:
    picture = request.getfixturevalue(person)
    summary = face_evidence(MOVEMENTS[movement](picture))
    assert summary.measurements["faces"].value == 1
    assert frames(summary) == 15
