"""Reports: whole, self-contained, harmless, and discreet where they are asked to be."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from affectgraph.agents import Clip, EmotionAgent, Verdict
from affectgraph.agents.demo import demo_clip
from affectgraph.agents.report import write
from affectgraph.agents.report.face_stills import blur_faces
from affectgraph.tools.emotions import valence_arousal
from affectgraph.tools.errors import SettingError
from affectgraph.tools.face.detection import CLOSE_SIDE, detect

pytestmark = pytest.mark.slow

EVIL = "</style><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7 * 7 }}"
FPS = 10


@dataclass
class Page(HTMLParser):
    """What an HTML page is made of."""

    html: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [a["id"] for _, a in self.tags if a.get("id")]

    @property
    def pictures(self) -> list[np.ndarray]:
        data = [a["src"].partition("base64,")[2] for a in self.all("img")]
        raw = [np.frombuffer(base64.b64decode(d), np.uint8) for d in data]
        return [cv2.imdecode(one, cv2.IMREAD_COLOR_RGB) for one in raw]


def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def faces(image: np.ndarray) -> int:
    return len(detect(image, side=CLOSE_SIDE))


@pytest.fixture(scope="module")
def film() -> Clip:
    """Two seconds of the demo's face and voice, as arrays."""
    demo = demo_clip()
    (picture,) = demo.frames()
    small = cv2.resize(picture.image, None, fx=0.5, fy=0.5)
    images = np.repeat(small[None], 2 * FPS, axis=0)
    return Clip.open(images, audio=demo.audio()[:32_000], frame_rate=FPS)


@pytest.fixture(scope="module")
def verdict(agent: EmotionAgent, film: Clip) -> Verdict:
    return agent.analyze(film)


@pytest.fixture(scope="module")
def written(verdict: Verdict, film: Clip, tmp_path_factory: object) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    return write(verdict, folder, film, annotate=True)


def test_a_report_is_named_after_the_content_and_holds_the_verdict(
    written: Path, verdict: Verdict
) -> None:
    assert verdict.clip.sha256[:12] in written.name
    files = {"verdict.json", "report.html", "timeline.png", "annotated.mp4"}
    assert {file.name for file in written.iterdir()} == files
    assert json.loads((written / "verdict.json").read_text()) == verdict.to_dict()
    assert cv2.imread(str(written / "timeline.png")).shape[1] > 600
    assert list(written.parent.iterdir()) == [written]


def test_the_page_needs_nothing_else_and_runs_nothing(written: Path) -> None:
    told = page(written)
    assert not told.all("script") and not told.all("link") and not told.all("iframe")
    for _, attributes in told.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "data", "poster"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/"))
    assert "url(" not in told.html and "@import" not in told.html
    policy = [a for a in told.all("meta") if a.get("http-equiv")]
    assert policy[0]["content"].startswith("default-src 'none'")


def test_the_page_says_what_the_verdict_says(written: Path, verdict: Verdict) -> None:
    told = page(written)
    assert verdict.notice in told.text
    for piece in verdict.evidence:
        assert piece.observation in told.text and piece.id in told.ids
    for claim in verdict.claims:
        assert claim.text in told.text
    for check in verdict.checks:
        if check.round == verdict.provenance.rounds:
            assert check.reason in told.text
    for recalled in verdict.cases:
        assert " ".join(recalled.case.summary.split()) in told.text
    for sha256 in verdict.provenance.models.values():
        assert sha256 in told.text


def test_the_timeline_has_lanes_of_valence_and_arousal(
    written: Path, verdict: Verdict
) -> None:
    shown = page(written)
    lanes = [svg for svg in shown.all("svg") if svg.get("class") == "affect"]
    assert [lane["aria-label"].split()[0] for lane in lanes] == ["Valence", "Arousal"]
    first = next(row for row in verdict.timeline if row.modality == "prosody")
    paths = [path["d"] for path in shown.all("path")]
    for value in valence_arousal(first.distribution):
        start = f"M{first.span.start:g} {-value:.3f}H"
        assert any(path.startswith(start) for path in paths)
    assert "not learned from ratings of clips" in shown.text


def test_every_citation_leads_to_what_it_cites(written: Path) -> None:
    told = page(written)
    targets = [a["href"][1:] for a in told.all("a")]
    assert targets and set(targets) <= set(told.ids)
    assert len(told.ids) == len(set(told.ids))


def test_the_page_has_landmarks_headings_and_words_for_its_pictures(
    written: Path,
) -> None:
    told = page(written)
    for landmark in ("header", "nav", "main", "footer"):
        assert len(told.all(landmark)) == 1
    assert told.all("html")[0]["lang"] == "en" and len(told.all("h1")) == 1
    labels = [a.get("aria-labelledby") for a in told.all("section")]
    assert all(label in told.ids for label in labels)
    assert all(a["alt"] for a in told.all("img"))
    assert all(a.get("aria-label") for a in told.all("svg"))


def test_the_argument_is_in_the_card_and_what_it_rests_on_is_folded(
    written: Path, verdict: Verdict
) -> None:
    text = (written / "report.html").read_text(encoding="utf-8")
    card = text.partition('class="summary')[2].partition("</section>")[0]
    assert card.count('<li id="claim-') == len(verdict.claims) > 1
    assert "9 times in 10" in card
    for name in ("evidence", "hypotheses", "cases", "provenance"):
        before = text.partition(f'<h2 id="{name}"')[0]
        assert before.rstrip().endswith('<details class="fold">\n    <summary>')
    assert "<details open" not in text


def test_each_fact_about_a_face_has_its_frame_with_the_face_boxed(
    written: Path, verdict: Verdict
) -> None:
    told = page(written)
    seen = [piece for piece in verdict.evidence if piece.modality == "face"]
    assert len(told.pictures) == len(seen) > 0
    boxes = [a["style"] for a in told.all("i") if a.get("class") == "box"]
    assert len(boxes) == len(seen)
    assert all(faces(picture) == 1 for picture in told.pictures)


def test_nothing_in_a_clip_a_case_or_a_sense_becomes_markup(
    verdict: Verdict, tmp_path: Path
) -> None:
    piece = verdict.evidence[0]
    case = verdict.cases[0]
    evil = verdict.model_copy(
        update={
            "clip": verdict.clip.model_copy(update={"name": f"{EVIL}.mp4"}),
            "labels": (EVIL,),
            "evidence": (
                piece.model_copy(update={"observation": EVIL}),
                *verdict.evidence[1:],
            ),
            "claims": tuple(
                c.model_copy(update={"text": EVIL}) for c in verdict.claims
            ),
            "cases": (
                case.model_copy(
                    update={"case": case.case.model_copy(update={"summary": EVIL})}
                ),
            ),
            "provenance": verdict.provenance.model_copy(update={"notes": (EVIL,)}),
        }
    )
    folder = write(evil, tmp_path)
    told = page(folder)
    assert folder.parent == tmp_path
    assert not told.all("script") and not told.all("img")
    assert len(told.all("style")) == 1
    assert told.text.count(EVIL) >= 5


def test_a_report_without_its_clip_says_why_it_has_no_pictures(
    verdict: Verdict, tmp_path: Path
) -> None:
    told = page(write(verdict, tmp_path))
    assert not told.all("img")
    assert "the clip was not available" in told.text


def test_a_report_is_refused_the_pictures_of_another_clip(
    verdict: Verdict, tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match="not the clip of this verdict"):
        write(verdict, tmp_path, Clip.open(text="Another."))
    assert not list(tmp_path.iterdir())


def test_clips_of_one_name_do_not_collide_and_a_rerun_replaces_its_own(
    agent: EmotionAgent, tmp_path: Path
) -> None:
    told = []
    for words in ("I am so happy!", "I am so sad."):
        clip = Clip.open(text=words)
        told.append(write(agent.analyze(clip), tmp_path, clip))
    assert len({folder.name for folder in told}) == len(list(tmp_path.iterdir())) == 2
    other = (told[1] / "report.html").read_bytes()
    (told[0] / "annotated.mp4").write_bytes(b"of an earlier run")
    (told[0] / "mine.txt").write_text("not of any run")
    clip = Clip.open(text="I am so happy!")
    assert write(agent.analyze(clip), tmp_path, clip) == told[0]
    names = {file.name for file in told[0].iterdir()}
    assert names == {"verdict.json", "report.html", "mine.txt"}
    assert (told[1] / "report.html").read_bytes() == other


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(
    verdict: Verdict, film: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingError, match="cannot be written"):
        write(verdict, tmp_path / "file", film)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("affectgraph.agents.report.folder.draw_timeline", full)
    with pytest.raises(SettingError, match="No space left"):
        write(verdict, tmp_path / "out", film)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("kind", ["image", "sound", "text"])
def test_sections_that_have_nothing_are_absent(
    agent: EmotionAgent, demo: Path, tmp_path: Path, kind: str
) -> None:
    clip = {
        "image": lambda: Clip.open(demo / "astronaut.jpg"),
        "sound": lambda: Clip.open(demo / "speech.ogg"),
        "text": lambda: Clip.open(text="I never wanted any of this!"),
    }[kind]()
    folder = write(agent.analyze(clip), tmp_path, clip, annotate=True)
    told = page(folder)
    timed = kind == "sound"
    assert ("timeline" in told.ids) == (folder / "timeline.png").exists() == timed
    assert bool(told.all("img")) == (kind == "image")
    assert not (folder / "annotated.mp4").exists()
    assert "not at hand" not in told.text


def test_the_film_lasts_as_long_sounds_and_shows_a_box(
    written: Path, film: Clip
) -> None:
    with av.open(str(written / "annotated.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    again = Clip.open(written / "annotated.mp4")
    assert len(times) == 2 * FPS and again.has_audio
    assert again.span.seconds == pytest.approx(film.span.seconds, abs=0.15)
    loudness = [np.abs(clip.audio()).mean() for clip in (film, again)]
    assert loudness[1] == pytest.approx(loudness[0], rel=0.2)
    frame, plain = next(again.frames()).image, next(film.frames()).image
    assert frame.shape[0] > plain.shape[0] * frame.shape[1] / plain.shape[1]


def test_anonymize_leaves_no_face_in_any_picture(
    verdict: Verdict, film: Clip, tmp_path: Path
) -> None:
    folder = write(verdict, tmp_path, film, annotate=True, anonymize=True)
    told = page(folder)
    assert told.pictures and not any(faces(picture) for picture in told.pictures)
    assert all("blurred" in a["alt"] for a in told.all("img"))
    for frame in Clip.open(folder / "annotated.mp4").frames(rate=2):
        assert faces(frame.image) == 0


def test_every_face_is_hidden_also_where_it_is_missed_for_a_moment() -> None:
    (picture,) = demo_clip().frames()
    face = cv2.resize(picture.image, None, fx=0.5, fy=0.5)
    crowd = np.concatenate([face, face[:, ::-1]], axis=1)
    dark = (crowd * 0.04).astype(np.uint8)
    clip = Clip.open(np.stack([crowd, crowd, dark, crowd]), frame_rate=FPS)
    plain = [frame.image for frame in clip.frames(rate=FPS)]
    shown = [frame.image for frame in blur_faces(clip, clip.frames(rate=FPS))]
    assert faces(plain[0]) == 2 and len(shown) == 4
    for before, after in zip(plain, shown, strict=True):
        assert faces(after) == 0
        for found in detect(plain[0], side=CLOSE_SIDE):
            left, top, right, bottom = found.box.astype(int)
            area = np.s_[top:bottom, left:right]
            detail = [cv2.Laplacian(i[area], cv2.CV_64F).std() for i in (before, after)]
            assert detail[1] < 0.5 * detail[0]


@pytest.mark.parametrize(
    "arguments",
    [("a.mp4", "--annotate"), ("--replay", "a", "--out", "o", "--annotate")],
)
def test_options_that_need_another_say_so(
    program: Any, arguments: tuple[str, ...]
) -> None:
    done = program("analyze", *arguments)
    assert done.returncode == 2 and "--" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_command_line_writes_a_report_and_says_where(
    tmp_path: Path, face_video: Callable[..., Path], program: Any
) -> None:
    how = ("--no-llm", "--tools", "face", "--annotate", "--anonymize")
    out = ("--out", tmp_path / "out")
    done = program("analyze", face_video(seconds=1.0), *how, *out)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name.startswith("talk-")
    assert str(folder / "report.html") in done.stdout
    assert (folder / "annotated.mp4").exists()
