"""The page as people meet it: the real command, and a browser without a screen."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from affectgraph.memory import Memory

pytestmark = pytest.mark.slow

PATIENCE = 180
SAD = "I never wanted any of this. I am so sad."
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--mute-audio",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--window-size=1280,900", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


class Browser:
    """Chromium, and what a person does with it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def find(self, css: str) -> Any:
        return self.driver.find_element("css selector", css)

    def all(self, css: str) -> list[Any]:
        return self.driver.find_elements("css selector", css)

    def until(self, what: Callable[[], Any]) -> Any:
        """What comes true, asked again and again."""
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(
            self.driver, PATIENCE, 0.1, ignored_exceptions=[WebDriverException]
        )
        return wait.until(lambda _: what())

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def press(self, element: Any) -> None:
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def unfold(self, name: str) -> None:
        """Open the part of the page with that heading."""
        summary = self.find(f"summary:has(#{name})")
        if not self.run("return arguments[0].parentElement.open", summary):
            self.press(summary)

    def violations(self) -> list[str]:
        """Rules of accessibility that the page breaks, by axe-core."""
        self.run(Path(os.environ["AXE_CORE"]).read_text(encoding="utf-8"))
        return self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document).then((told) =>"
            "done(told.violations.map((rule) => rule.id + ' ' + rule.nodes[0].html)))"
        )

    def emulate(self, width: int, height: int, scheme: str = "light") -> None:
        """Show the page on a screen of that size, by day or by night."""
        size = {"width": width, "height": height}
        size |= {"deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [feature]}
        )
        self.until(lambda: self.run("return innerWidth") == width)

    def open(self, address: str) -> None:
        self.driver.get(address)
        self.until(lambda: self.find("#analyze").is_displayed())

    def analyze(self, file: Path | None, words: str = "") -> str:
        """Give a clip, and read the label."""
        if file is not None:
            self.until(lambda: self.find("#file input")).send_keys(str(file))
            self.until(lambda: f"{file.name} is here" in self.find("#status").text)
        self.find("#words textarea").send_keys(words)
        self.find("#analyze").click()
        return self.until(lambda: self.find("#verdict").text)

    def asked(self) -> set[str]:
        """Hosts that the browser asked for anything so far."""
        told = [json.loads(e["message"]) for e in self.driver.get_log("performance")]
        sent = [
            one["message"]["params"]["request"]["url"]
            for one in told
            if one["message"]["method"] == "Network.requestWillBeSent"
        ]
        return {urlsplit(url).hostname or "" for url in sent if url.startswith("http")}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def server(room: Path, serving: Callable[..., Any]) -> Iterator[tuple[Any, str]]:
    """The command, where it may write, and its address."""
    limits = ("--longest", "20", "--largest", "1")
    with serving(room, "--memory", str(room / "cases"), *limits) as running:
        yield running


@pytest.fixture(scope="module")
def browser(room: Path) -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    steering = shutil.which("chromedriver")
    if not chromium or not steering or util.find_spec("selenium") is None:
        pytest.skip("looking at the page needs chromium, chromedriver and selenium")
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = chromium
    for flag in [*FLAGS, f"--user-data-dir={room / 'profile'}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = Chrome(options=options, service=Service(steering))
    yield Browser(driver)
    driver.quit()


@pytest.fixture(scope="module")
def film(room: Path, demo: Path) -> Path:
    """Three seconds of the demo's face and voice, as browsers play them."""
    from affectgraph.agents.demo import demo_clip
    from affectgraph.agents.report.annotated_video import write_playable_copy
    from affectgraph.tools.clip import Clip

    clip = demo_clip()
    (picture,) = clip.frames()
    short = Clip.open(picture.image, audio=clip.audio()[:48_000])
    write_playable_copy(short, room / "talk.mp4")
    return room / "talk.mp4"


@pytest.fixture(scope="module")
def page(server: tuple[Any, str], browser: Browser, film: Path) -> Browser:
    """The page with a verdict on it."""
    browser.open(server[1])
    assert "expressed affect" in browser.find("#header").text
    assert "Purpose: research" in browser.find("#header").text
    assert browser.analyze(film, SAD) == "happy"
    return browser


def test_evidence_plays_its_span_when_pressed(page: Browser) -> None:
    spans = [
        (one.get_attribute("data-start"), one.get_attribute("data-end"))
        for one in page.all(".piece")
    ]
    assert all(0.0 <= float(start) <= float(end) <= 3.1 for start, end in spans)
    page.run(
        "sought = []; clip.onseeking = () => sought.push(clip.currentTime);"
        "clip.playbackRate = 0.5; P2.dataset.start = 1; P2.dataset.end = 1.5;"
    )
    page.unfold("evidence")
    page.press(page.find("#P2 .play"))
    page.until(lambda: page.run("return sought.length && clip.paused"))
    assert page.run("return sought[0]") == 1.0
    assert 1.5 <= page.run("return clip.currentTime") < 2.9
    mark = page.find('.mark[href="#F1"]')
    page.press(mark)
    assert "highlighted" in mark.get_attribute("class")
    assert "highlighted" in page.find("#F1").get_attribute("class")
    page.run("clip.pause()")


def test_a_citation_lights_up_its_evidence(page: Browser) -> None:
    from selenium.webdriver import ActionChains, Keys

    named = {
        cite.get_attribute("href").rpartition("#")[2]: cite
        for cite in page.all(".claims .cite")
    }
    name, cite = next(
        (name, cite)
        for name, cite in named.items()
        if "highlighted" not in page.find(f"#{name}").get_attribute("class")
    )
    paper = page.find(f"#{name}").value_of_css_property("background-color")
    page.run("arguments[0].scrollIntoView({block: 'center'})", cite)
    ActionChains(page.driver).move_to_element(cite).perform()
    page.until(lambda: "highlighted" in page.find(f"#{name}").get_attribute("class"))
    page.until(
        lambda: page.find(f"#{name}").value_of_css_property("background-color") != paper
    )
    cite.send_keys(Keys.ENTER)
    page.until(lambda: page.driver.switch_to.active_element.get_attribute("id") == name)


def test_the_senses_disagree_on_the_timeline(page: Browser) -> None:
    assert page.all(".ribbon rect") and len(page.all(".lanes .lane")) == 3
    for name in ("hypotheses", "cases"):
        page.unfold(name)
    assert page.find(".rivals .checks li").text and page.find(".cases li").text
    assert "face says happy" in page.find("#result").text


def test_a_sense_switched_off_recomputes_the_verdict(page: Browser) -> None:
    page.press(page.all("#senses input[type=checkbox]")[0])
    page.until(lambda: page.find("#verdict").text == "sad")
    assert "without face" in page.find("#summary").text
    assert page.all("#T1") and not page.all("#F1")
    page.press(page.all("#senses input[type=checkbox]")[0])
    page.until(lambda: page.find("#verdict").text == "happy")


def test_questions_are_answered_with_evidence(page: Browser) -> None:
    page.find("#question textarea").send_keys("why not sad?\n")
    page.until(lambda: page.find(".question").text == "why not sad?")
    assert "Sad does not lead" in page.find(".turn").text
    cite = page.find(".turn .cite")
    page.press(cite)
    page.until(lambda: page.find("#" + cite.text).is_displayed())


def test_a_correction_is_remembered(page: Browser, room: Path) -> None:
    page.press(page.find("#correction button"))
    right = "#label input[value=sad]"
    page.until(lambda: page.find(right).is_displayed())
    page.press(page.find(right))
    page.press(page.find("button#correct"))
    page.until(lambda: "Happy is corrected to sad" in page.find("#status").text)
    assert [entry.after for entry in Memory(str(room / "cases")).history()] == ["sad"]


def test_a_report_can_be_taken_away(page: Browser, server: tuple[Any, str]) -> None:
    link = page.find("#clip_view figcaption a").get_attribute("href")
    told = httpx.get(link)
    assert told.status_code == 200 and "data:image/jpeg" in told.text
    assert "attachment" in told.headers["content-disposition"]
    assert httpx.get(f"{server[1]}clips/guessed/report.html").status_code == 404


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_nothing_hangs_over_the_edge(page: Browser, width: int, height: int) -> None:
    page.emulate(width, height)
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.find("#verdict").size["width"] <= width
    for button in page.all("#actions button, #question button, .play"):
        wide, shown = page.run(
            "return [arguments[0].scrollWidth, arguments[0].clientWidth]", button
        )
        assert wide <= shown or not button.is_displayed(), button.text


def test_the_first_screen_holds_the_answer_and_its_argument(page: Browser) -> None:
    page.emulate(1280, 900)
    page.run("scrollTo(0, 0)")
    last = page.all("#summary .claims li")[-1]
    assert page.run("return arguments[0].getBoundingClientRect().bottom", last) < 900
    assert "9 times in 10" in page.find("#summary").text


@pytest.mark.skipif("AXE_CORE" not in os.environ, reason="needs axe-core, see .ci/run")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_breaks_no_rule_of_accessibility(
    page: Browser, width: int, scheme: str
) -> None:
    page.emulate(width, 900, scheme)
    for name in ("evidence", "hypotheses", "cases"):
        page.unfold(name)
    assert page.violations() == []
    page.emulate(1280, 900)


def test_another_page_sees_nothing_of_it_and_is_told_what_is_wrong(
    page: Browser, server: tuple[Any, str], room: Path
) -> None:
    first = page.driver.current_window_handle
    visits = room / "tmp"
    assert [f for f in visits.rglob("*") if f.name == "talk.mp4"]
    page.driver.switch_to.new_window("tab")
    page.open(server[1])
    assert not page.all("#verdict") and "talk.mp4" not in page.driver.page_source
    noise = room / "noise.mp4"
    noise.write_bytes(b"no film at all")
    page.find("#file input").send_keys(str(noise))
    page.until(lambda: "noise.mp4 is here" in page.find("#status").text)
    page.find("#analyze").click()
    page.until(lambda: "noise.mp4" in page.find("#status .wrong").text)
    assert "Traceback" not in page.find("body").text
    page.driver.close()
    page.driver.switch_to.window(first)
    page.until(lambda: not [f for f in visits.rglob("*") if f.name == "noise.mp4"])
    assert page.find("#verdict").text == "happy"
    assert [f for f in visits.rglob("*") if f.name == "talk.mp4"]


def test_the_language_of_the_words_is_chosen_by_name(
    page: Browser, server: tuple[Any, str]
) -> None:
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(server[1])
    choice = page.find("#language input")
    assert choice.accessible_name == "Language of the words"
    assert choice.get_attribute("value") == "Detect"
    if "AXE_CORE" in os.environ:
        assert page.violations() == []
    page.press(choice)
    page.until(lambda: page.find("#language [aria-label=German]")).click()
    assert page.analyze(None, "Wunderbar!") == "happy"
    page.unfold("evidence")
    assert '"de"' in page.find("#result").text
    page.driver.close()
    page.driver.switch_to.window(first)


def test_people_are_told_apart_and_shown_one_by_one(
    page: Browser, server: tuple[Any, str], film: Path
) -> None:
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(server[1])
    page.press(page.find("#people input"))
    page.until(lambda: page.find("#people [aria-label='2']")).click()
    assert page.analyze(film)
    rows = page.all(".utterances li")
    assert rows and all(row.is_displayed() for row in rows)
    people = page.all(".people input")
    if len(people) > 1:
        page.press(people[1])
        shown = [row for row in rows if row.is_displayed()]
        assert {row.find_element("css selector", "b").text for row in shown} == {"A"}
    page.driver.close()
    page.driver.switch_to.window(first)


@pytest.mark.parametrize(
    ("tab", "names"),
    [("Camera", ("Access Webcam", "Record", "Stop")), ("Microphone", ("Record",))],
)
def test_a_recording_arrives(
    page: Browser, server: tuple[Any, str], tab: str, names: tuple[str, ...]
) -> None:
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(server[1])
    named = page.all("button[role=tab]")
    page.press(next(one for one in named if one.text.strip() == tab))
    panel = f"#{tab.lower()}"

    def press(name: str) -> bool:
        buttons = page.all(f"{panel} button")
        label = "return arguments[0].innerText + arguments[0].ariaLabel"
        hits = [b for b in buttons if name.lower() in page.run(label, b).lower()]
        page.press(next(b for b in hits if b.is_displayed()))
        return True

    for name in names:
        page.until(lambda name=name: press(name))
        time.sleep(2)
    if tab == "Microphone":
        page.until(lambda: press("Stop"))
    page.until(lambda: "is here" in page.find("#status").text)
    page.driver.close()
    page.driver.switch_to.window(first)


def test_what_is_too_large_is_refused(page: Browser, room: Path) -> None:
    large = room / "large.mp4"
    large.write_bytes(bytes(1_100_000))
    page.press(page.find("#input > button"))
    page.until(lambda: page.find("#file").is_displayed())
    page.find("#file input").send_keys(str(large))
    page.until(lambda: "maximum allowed size" in page.find("body").text)


def test_nothing_was_asked_of_anybody_else(
    page: Browser, server: tuple[Any, str]
) -> None:
    assert page.asked() == {urlsplit(server[1]).hostname}


def test_nothing_is_left_when_it_ends(
    page: Browser, server: tuple[Any, str], room: Path
) -> None:
    child, _ = server
    assert [file for file in (room / "tmp").rglob("*") if file.is_file()]
    child.send_signal(signal.SIGTERM)
    started = time.monotonic()
    child.wait(PATIENCE)
    assert time.monotonic() - started < PATIENCE
    assert not list((room / "tmp").iterdir())
    assert not (room / "stderr").read_text()
