"""Plug-ins: found by name, by place or as an argument; begun, checked, installed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.tools import tool

from affectgraph.agents import (
    Clip,
    EmotionAgent,
    Evidence,
    Provenance,
    SenseError,
    Span,
    perception_tool,
    tried,
)
from affectgraph.tools.errors import SettingError
from affectgraph.tools.scaffold import create_package

pytestmark = pytest.mark.slow

MADE_BY = Provenance(model="test")
WAVING = """
from affectgraph.agents import Evidence, Provenance, perception_tool

@perception_tool(modality="gesture", prefix="G")
def waving(clip, span):
    return [Evidence(span=span, observation="Somebody waves.", quality=0.5,
                     provenance=Provenance(model="waves"))]

broken = 3

@perception_tool(modality="{modality}", prefix="{prefix}")
def rival(clip, span):
    return []
"""


def piece(**fields: Any) -> Evidence:
    usual = {"observation": "Hands rest.", "quality": 0.5, "provenance": MADE_BY}
    return Evidence(**{"span": Span(start=0, end=0), **usual, **fields})


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a module into the working folder: `module(name, modality=, prefix=)`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(name: str, modality: str = "gaze", prefix: str = "Z") -> Path:
        text = WAVING.replace("{modality}", modality).replace("{prefix}", prefix)
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return tmp_path

    return write


@pytest.fixture
def install_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Install a package with entry points: `install_package(package, **points)`."""

    def install(package: str, **points: str) -> None:
        site = tmp_path / package
        info = site / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {place}" for name, place in points.items()]
        (info / "entry_points.txt").write_text(
            "\n".join(["[affectgraph.tools]", *lines])
        )
        monkeypatch.syspath_prepend(str(site))
        assert metadata.distribution(package)

    return install


def modalities(*tools: Any) -> dict[str, str]:
    verdict = EmotionAgent(llm=None, tools=tools).analyze(text="I am so happy!")
    return {name: sensed.state for name, sensed in verdict.modalities.items()}


def test_a_sense_is_found_by_place_beside_ours(module: Any) -> None:
    module("place_of_waves")
    assert modalities("transcript", "place_of_waves:waving") == {
        "transcript": "present",
        "gesture": "present",
    }


def test_a_sense_is_found_by_the_name_of_its_entry_point(
    module: Any, install_package: Any
) -> None:
    module("named_waves")
    install_package("waves", waving="named_waves:waving")
    assert modalities("waving") == {"gesture": "present"}


def test_a_sense_is_found_as_an_argument() -> None:
    @perception_tool(modality="gesture", prefix="G")
    def gesture(clip: Clip, span: Span) -> list[Evidence]:
        return [piece()]

    assert modalities(gesture) == {"gesture": "present"}


def test_two_packages_with_one_name_are_told_apart(install_package: Any) -> None:
    install_package("one", waving="one_pkg:waving")
    install_package("two", waving="two_pkg:waving")
    with pytest.raises(SettingError, match="two packages offer it"):
        EmotionAgent(llm=None, tools=["waving"])


def test_an_installed_sense_is_found_beside_a_folder_of_its_name(
    module: Any, install_package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module("swaying")
    file = (tmp_path / "swaying.py").rename(tmp_path / "elsewhere.py")
    (tmp_path / "swaying").mkdir()
    install_package("swaying", waving="swaying:waving")

    class Editable:
        """Finds what `pip install -e` installed, after all other finders."""

        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> Any:
            return spec_from_file_location(name, file) if name == "swaying" else None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Editable])
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(tmp_path)])
    agent = EmotionAgent(llm=None, tools=["waving"])
    assert "gesture" in agent.analyze(text="Hello!").modalities


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("smell", "'smell' is unknown; there are face, prosody, transcript"),
        ("no_such_module:smell", "No module named 'no_such_module'"),
        ("bad_waves:smell", "has no attribute 'smell'"),
        ("bad_waves:", "has no attribute ''"),
        (":waving", "cannot be imported"),
        ("bad_waves:broken", "is a int, not a sense; decorate it"),
    ],
)
def test_what_cannot_be_found_is_said_in_one_line(
    module: Any, name: str, reason: str
) -> None:
    module("bad_waves")
    with pytest.raises(SettingError, match=reason) as caught:
        EmotionAgent(llm=None, tools=[name])
    assert len(str(caught.value).splitlines()) == 1


def test_a_module_that_breaks_is_said_in_one_line(module: Any) -> None:
    (module("other") / "breaks.py").write_text("raise RuntimeError('two\\nlines')")
    with pytest.raises(SettingError, match="RuntimeError: two lines"):
        EmotionAgent(llm=None, tools=["breaks:waving"])


def test_a_bare_function_or_langchain_tool_is_told_how_to_be_a_sense() -> None:
    @tool
    def smell(text: str) -> str:
        """Smell."""
        return text

    with pytest.raises(SettingError, match="langchain_sense"):
        EmotionAgent(llm=None, tools=[smell])  # type: ignore[list-item]
    with pytest.raises(SettingError, match="@perception_tool"):
        EmotionAgent(llm=None, tools=[piece])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("modality", "prefix", "shared"),
    [("transcript", "Z", "modality, 'transcript'"), ("gaze", "T", "prefix, 'T'")],
)
def test_senses_that_would_be_mixed_up_are_refused(
    module: Any, modality: str, prefix: str, shared: str
) -> None:
    module(f"mixed_{modality}", modality, prefix)
    with pytest.raises(
        SettingError, match=f"transcript and rival have the same {shared}"
    ):
        EmotionAgent(llm=None, tools=["transcript", f"mixed_{modality}:rival"])


def test_a_stranger_may_take_the_place_of_one_of_ours_with_less_trust() -> None:
    @perception_tool(modality="transcript", prefix="T")
    def reader(clip: Clip, span: Span) -> list[Evidence]:
        vote = dict.fromkeys(["neutral", "sad", "angry", "fear"], 0.0)
        return [piece(distribution={**vote, "happy": 1.0, "disgust": 0, "surprise": 0})]

    verdict = EmotionAgent(llm=None, tools=[reader]).analyze(text="Anything.")
    (found,) = verdict.evidence
    assert found.calibration is not None and found.calibration.weight is None


def problems_of(look: Callable[..., Any], **settings: Any) -> list[str]:
    made = perception_tool(modality="gesture", prefix="G", seconds=2, **settings)
    return list(tried(made(look)).problems)


def test_a_sound_sense_passes_its_trial() -> None:
    def look(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
        if not clip.text:
            raise SenseError("no text")
        return [piece(span=span, observation=f"{len(clip.text)} characters.")]

    assert problems_of(look) == []


def sometimes(clip: Clip, span: Span) -> list[Evidence]:
    return [piece(span=span, observation=f"{np.random.default_rng().random()}")]


def loud(clip: Clip, span: Span) -> list[Evidence]:
    print("looking")
    return [piece(span=span)]


def brittle(clip: Clip, span: Span) -> list[Evidence]:
    level = abs(clip.audio(span)).max()
    return [piece(span=span, observation=f"Loudness {level}.")]


FAULTS = {
    "is not deterministic": sometimes,
    "prints to standard output": loud,
    "finds nothing": lambda clip, span: [],
    "raises ValueError: zero-size array": brittle,
    "returned a str, not a list": lambda clip, span: "Hands rest.",
    "returned the span 0.0-9.0 s": lambda clip, span: [
        piece(span=Span(start=0, end=9))
    ],
    "makes wrong evidence: Evidence: distribution": lambda clip, span: [
        piece(distribution={"happy": 1.0})
    ],
    "no answer within 2 s": lambda clip, span: time.sleep(5),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_in_one_line(fault: str) -> None:
    found = problems_of(FAULTS[fault])
    assert any(fault in line for line in found), found
    assert all(len(line.splitlines()) == 1 for line in found)


def test_a_prefix_of_ours_is_a_fault() -> None:
    made = perception_tool(modality="posture", prefix="P")
    problems = tried(made(lambda clip, span: [piece(span=span)])).problems
    assert problems == ("on prosody's side: has the prefix 'P' too; choose another",)


def run(*line: object, **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, line)], capture_output=True, text=True, **how)


def test_a_new_sense_installs_runs_and_passes_its_own_tests(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "affectgraph.agents")
    begun = run(*command, "tools", "new", "posture", "--out", tmp_path)
    assert begun.returncode == 0, begun.stderr
    assert len(begun.stdout.splitlines()) == 4
    package, site = tmp_path / "posture", tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet")
    put = run(*pip, "--no-build-isolation", "--target", site, package)
    assert put.returncode == 0, put.stderr
    found = {**os.environ, "PYTHONPATH": f"{site}:{os.environ.get('PYTHONPATH', '')}"}
    tested = run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", package,
        env=found, cwd=package,
    )  # fmt: skip
    assert tested.returncode == 0 and "3 passed" in tested.stdout, tested.stdout
    listed = run(*command, "tools", "list", "--json", env=found, cwd=tmp_path)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    (row,) = [row for row in rows if row["name"] == "posture"]
    assert row["source"] == "affectgraph-posture" and row["prefix"] == "O"
    checked = run(*command, "tools", "check", "posture", env=found, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    told = run(
        *command, "analyze", "--text", "I am so happy!", "--no-llm", "--json",
        "--tools", "transcript,posture", env=found, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(told.stdout)["modalities"]["posture"]["state"] == "absent"


HANGING = """
import time
from affectgraph.agents import perception_tool

@perception_tool(modality="gesture", prefix="G", seconds=0.2)
def hanging(clip, span):
    print("I am about to hang")
    time.sleep(3600)
"""


def test_a_sense_that_prints_and_hangs_spoils_nothing(tmp_path: Path) -> None:
    (tmp_path / "hangs.py").write_text(HANGING)
    done = run(
        sys.executable, "-m", "affectgraph.agents", "analyze", "--text", "I am happy!",
        "--tools", "transcript,hangs:hanging", "--no-llm", "--json", cwd=tmp_path,
        timeout=120,
    )  # fmt: skip
    verdict = json.loads(done.stdout)
    assert done.returncode == 0 and verdict["label"] == "happy"
    assert verdict["modalities"]["gesture"]["reason"] == "no answer within 0.2 s"
    assert "I am about to hang" in done.stderr


def test_check_tells_what_is_wrong_and_exits_1(module: Any) -> None:
    folder = module("faulty")
    command = (sys.executable, "-m", "affectgraph.agents", "tools", "check")
    done = run(*command, "faulty:rival", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        "rival: on any clip: finds nothing; name a clip where it does"
    ]


@pytest.mark.parametrize("name", ["Gesture", "face", "json", "class", "two words", ""])
def test_a_name_that_cannot_be_used_writes_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=repr(name)):
        create_package(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "posture").mkdir()
    with pytest.raises(SettingError, match="posture"):
        create_package("posture", tmp_path)
