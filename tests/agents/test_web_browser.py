"""The page as people meet it: the real command, and a browser without a screen."""

import json
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
    assert page.find(".rivals .checks li").text and page.find(".cases li").text
    assert "face says happy" in page.find("#summary").text


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
    assert page.find("#" + page.find(".turn .cite").text).is_displayed()


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
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.until(lambda: page.run("return innerWidth") == width)
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.find("#verdict").size["width"] <= width


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
    page.press(choice)
    page.until(lambda: page.find("#language [aria-label=German]")).click()
    assert page.analyze(None, "Wunderbar!") == "happy"
    assert '"de"' in page.find("#result").text
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
