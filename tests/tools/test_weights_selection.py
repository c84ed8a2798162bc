"""The set of weights: a file, its permissive replacement, or a reason for absence."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from affectgraph.tools import weights
from affectgraph.tools.errors import SettingError, WeightsError
from affectgraph.tools.weights.manifest import WeightsEntry, entry
from affectgraph.tools.weights.selection import VARIABLE, select_set, selected_set

RESTRICTED = WeightsEntry(
    name="a.onnx",
    sha256="",
    bytes=0,
    licence="research use",
    purpose="a test",
    sets=("default",),
)
REPLACEMENT = RESTRICTED.model_copy(
    update={"name": "b.onnx", "sets": ("permissive",), "replaces": "a.onnx"}
)


@pytest.fixture
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """As in a process that has not used any weights yet."""
    monkeypatch.setenv(VARIABLE, "")
    selected_set.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    selected_set.cache_clear()


def use_manifest(monkeypatch: pytest.MonkeyPatch, *entries: WeightsEntry) -> None:
    monkeypatch.setattr(weights.manifest, "entries", lambda: entries)


def run_program(program: str) -> str:
    """What a program prints in a process of its own."""
    line = [sys.executable, "-c", program]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def test_the_default_set_is_used_unless_another_is_chosen(fresh_process) -> None:
    assert selected_set() == "default"


def test_a_replacement_is_used_in_its_set_only(fresh_process) -> None:
    use_manifest(fresh_process, RESTRICTED, REPLACEMENT)
    assert entry("a.onnx") == RESTRICTED
    selected_set.cache_clear()
    select_set("permissive")
    assert entry("a.onnx") == REPLACEMENT
    assert entry("b.onnx") == REPLACEMENT


def test_a_file_without_a_replacement_is_refused_with_its_licence(
    fresh_process,
) -> None:
    use_manifest(fresh_process, RESTRICTED)
    select_set("permissive")
    assert not weights.in_selected_set("a.onnx")
    with pytest.raises(WeightsError, match="research use"):
        entry("a.onnx")


def test_a_process_uses_one_set(fresh_process) -> None:
    select_set(None)
    select_set("default")
    with pytest.raises(SettingError, match="already uses the default weights"):
        select_set("permissive")


@pytest.mark.parametrize("by_variable", [True, False])
def test_an_unknown_set_is_refused(fresh_process, by_variable: bool) -> None:
    if by_variable:
        fresh_process.setenv(VARIABLE, "free")
    with pytest.raises(SettingError, match="use default or permissive"):
        select_set(None if by_variable else "free")


@pytest.mark.slow
def test_without_permissive_faces_the_face_is_absent_with_the_reason() -> None:
    program = (
        "import json, numpy as np\n"
        "from affectgraph import Clip, EmotionAgent\n"
        "agent = EmotionAgent(llm=None, weights='permissive')\n"
        "verdict = agent.analyze(np.zeros((64, 64, 3), np.uint8))\n"
        "print(json.dumps({n: s.reason for n, s in verdict.modalities.items()}))\n"
    )
    reasons = json.loads(run_program(program))
    assert "not among the permissive weights" in reasons["face"]


@pytest.mark.slow
def test_permissive_weights_read_english_words_too() -> None:
    program = (
        "from affectgraph import EmotionAgent\n"
        "agent = EmotionAgent(llm=None, weights='permissive', memory=None)\n"
        "verdict = agent.analyze(text='I am so happy today!')\n"
        "print(verdict.label, verdict.evidence[0].provenance.model)\n"
    )
    assert run_program(program).split() == ["happy", "transcript-multilingual.onnx"]
