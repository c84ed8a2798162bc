"""Draw the pictures of the README and the site: `python docs/pictures.py`.

They show what `affectgraph analyze` says of the demo's film. Chromium and its driver
have to be installed, and the extra `test`.
"""

import shutil
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from affectgraph import Clip, EmotionAgent, Verdict
from affectgraph.agents.report import write

HERE = Path(__file__).parent
FILM = HERE.parent / "agents" / "demo" / "talk.mp4"
WIDTH = 960
MARGIN = 24


def summary(verdict: Verdict) -> str:
    """What the pictures show, kept inside them: a test compares it with the code."""
    likely = ", ".join(verdict.prediction_set)
    return f"{verdict.clip.name}: {verdict.label}, one of {likely}"


def photographed(page: Path) -> Image.Image:
    """The report in a browser, down to the end of the explanation."""
    options = webdriver.ChromeOptions()
    for flag in ("headless", "no-sandbox", "hide-scrollbars"):
        options.add_argument(f"--{flag}")
    # A driver that is named is not looked for in the network.
    service = Service(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as browser:
        browser.set_window_size(WIDTH, 2_000)
        browser.get(page.as_uri())
        after = browser.find_element(By.ID, "timeline").rect["y"]
        picture = Image.open(BytesIO(browser.get_screenshot_as_png()))
    return picture.crop((0, 0, WIDTH, int(after) - MARGIN))


def draw() -> None:
    """Write `report.png` and `timeline.png`."""
    clip = Clip.open(FILM)
    verdict = EmotionAgent(llm=None).analyze(clip)
    description = PngInfo()
    description.add_text("Description", summary(verdict))
    with tempfile.TemporaryDirectory() as folder:
        report = write(verdict, Path(folder), clip)
        pictures = {
            "report": photographed(report / "report.html"),
            "timeline": Image.open(report / "timeline.png"),
        }
        for name, picture in pictures.items():
            small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
            file = HERE / "images" / f"{name}.png"
            small.save(file, optimize=True, pnginfo=description)


if __name__ == "__main__":
    draw()
