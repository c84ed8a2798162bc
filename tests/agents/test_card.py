"""The evaluation card: one page, whole, true to its figures, and silent about clips."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.agents import EmotionAgent
from affectgraph.agents.evaluation import Answers, ManifestRow, evaluate
from affectgraph.agents.evaluation.figures import baselines, uar_gain
from affectgraph.tools.emotions import BASIC_EMOTIONS

pytestmark = pytest.mark.slow

WORDS = "Quixotic zebras made me furious"
ALONE = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta"}


class Page(HTMLParser):
    """A page that keeps its rows, its ids, and the places that it points to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.targets += [given["href"]] if "href" in given else []
        if tag == "img":
            self.pictures.append(given)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += " ".join(data.split()) + " "

    def row(self, name: str) -> list[str]:
        return next(row for row in self.rows if row and row[0].startswith(name))


@pytest.fixture(scope="module")
def card(
    demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Page, str, dict, Path]:
    folder = tmp_path_factory.mktemp("card")
    manifest = folder / "few <clips>.csv"
    lines = [f"{demo / 'astronaut.jpg'},,happy,", f",{WORDS},angry,ann"]
    lines += [",I am so sad that she died.,sad,ann", "none.mp4,,sad,"]
    manifest.write_text("path,text,label,speaker\n" + "\n".join(lines) + "\n")
    line = [sys.executable, "-m", "affectgraph.agents", "evaluate", str(manifest)]
    line += ["--tools", "face,transcript", "--no-llm", "--json"]
    line += ["--card", str(folder / "new" / "card.html")]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    html = (folder / "new" / "card.html").read_text(encoding="utf-8")
    return Page(html), html, json.loads(done.stdout), manifest


def test_the_card_is_one_whole_page_that_needs_nothing_else(card: Any) -> None:
    page, html, _, _ = card
    assert not page.open and len(page.ids) == len(set(page.ids))
    assert all(target[0] == "#" and target[1:] in page.ids for target in page.targets)
    assert all(str(p["src"]).startswith("data:image/png") for p in page.pictures)
    assert all(p["alt"] for p in page.pictures) and len(page.pictures) == 3
    assert "<script" not in html and "default-src 'none'" in html
    assert "few &lt;clips&gt;.csv" in html and "--paper:" in html


def test_the_card_compares_all_configurations_and_says_what_was_printed(
    card: Any,
) -> None:
    page, _, printed, _ = card
    compared = {"chance", "majority", "face", "transcript", "fusion", "full graph"}
    compared |= {"fusion without face", "fusion without transcript"}
    compared |= {"equal pool", "fusion with memory"}
    assert set(printed["configurations"]) == compared
    for name, figures in printed["configurations"].items():
        row = next(r for r in page.rows if r and r[0].split(" best")[0].strip() == name)
        assert row[1].strip() == str(figures["n"])
        assert row[2].split()[0] == f"{figures['uar']['value']:.3f}"
        assert row[4].split()[0] == f"{figures['accuracy']['value']:.3f}"


def test_leaving_out_the_only_sense_that_knows_costs_its_clips(card: Any) -> None:
    _, _, printed, _ = card
    told = printed["configurations"]
    for sense, other in (("face", "transcript"), ("transcript", "face")):
        without = told[f"fusion without {sense}"]
        assert without["confusion"] == told[other]["confusion"]


def test_the_card_names_data_weights_and_versions_but_no_word_of_a_clip(
    card: Any,
) -> None:
    _, html, _, manifest = card
    assert sha256(manifest.read_bytes()).hexdigest() in html
    hashes = re.findall(r"<code>([0-9a-f]{64})</code>", html)
    assert len(hashes) >= 4
    assert "onnxruntime" in html and "row 5" in html
    assert not any(word in html for word in WORDS.split()[:2])


def test_a_card_cannot_be_a_folder(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("text,label\nHello,happy\n")
    line = [sys.executable, "-m", "affectgraph.agents", "evaluate", str(manifest)]
    line += ["--no-llm", "--card", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 2
    assert "is a directory" in " ".join(re.findall(r"\w+", done.stderr))


def test_claims_that_the_checker_dropped_are_counted(
    scripted: Any, fitting_reply: Any
) -> None:
    reply = fitting_reply("T9 says so at 7.5 Hz.")
    agent = EmotionAgent(llm=scripted(reply), tools=["transcript"])
    row = ManifestRow(number=2, path=None, text="I am so happy!", label="happy")
    trace = evaluate(agent, [row]).traces[2]
    assert trace.dropped >= 1 and not trace.by_model
    assert trace.claims == trace.verified >= 1
    assert trace.usage.calls > 0 and trace.reasoner != "none"
    assert (
        trace.sufficiency == pytest.approx(0, abs=1e-9)
        and trace.comprehensiveness > 0.2
    )


@settings(deadline=None, max_examples=15)
@given(st.lists(st.sampled_from(BASIC_EMOTIONS), min_size=2, max_size=30))
def test_chance_and_majority_are_what_they_are_by_definition(labels: list[str]) -> None:
    rows = [
        ManifestRow(number=n, path=None, text="x", label=e)
        for n, e in enumerate(labels)
    ]
    found = baselines(rows)
    commonest = max(labels.count(label) for label in labels)
    assert found["chance"].n == found["majority"].n == len(labels)
    assert found["chance"].accuracy.value == pytest.approx(1 / 7)
    assert found["chance"].uar.value == pytest.approx(1 / 7)
    assert found["majority"].accuracy.value == pytest.approx(commonest / len(labels))
    assert found["majority"].uar.value == pytest.approx(1 / len(set(labels)))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=2, max_size=30).map(
        lambda rows: list(zip(*rows, strict=True))
    )
)
def test_a_gain_is_the_loss_of_the_other(told: list[tuple[int, ...]]) -> None:
    truth, one, other = told

    def answers(given: tuple[int, ...]) -> Answers:
        n = len(given)
        nothing = np.full(n, np.nan)
        return Answers(
            np.array(truth), np.array(given), np.full(n, 0.5), np.zeros(n, bool),
            [str(number // 2) for number in range(n)], nothing, np.full(n, 0.5),
        )  # fmt: skip

    there, back = (
        uar_gain(answers(one), answers(other)),
        uar_gain(answers(other), answers(one)),
    )
    assert there.value == pytest.approx(-back.value)
    assert there.low == pytest.approx(-back.high)
    same = uar_gain(answers(one), answers(one))
    assert (same.low, same.value, same.high) == (0, 0, 0)
