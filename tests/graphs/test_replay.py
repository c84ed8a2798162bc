"""A recorded run comes out as it did, or says in one line why it does not."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectgraph.graphs.replay.player import replay
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.memory import Memory
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import RecordingError, SenseError
from affectgraph.tools.evidence import Evidence, Provenance
from affectgraph.tools.perception import perception_tool

MADE_BY = Provenance(model="test", sha256="1" * 64)


@pytest.fixture
def recorded(
    recorded: Callable[..., RecordedRun], tmp_path: Path
) -> Callable[..., RecordedRun]:
    """Record a run with a memory, also in a file."""
    return partial(recorded, folder=tmp_path, memory=Memory(), thread="t")


def the_file(folder: Path) -> Path:
    (file,) = folder.glob("run-*.json")
    return file


def test_a_run_read_from_its_file_is_replayed_to_the_byte(
    recorded: Callable[..., RecordedRun], scripted: Any, tmp_path: Path
) -> None:
    run = recorded(scripted("no JSON", ConnectionError("no route"), '{"a": 1}'))
    verdict = run.record.verdict
    assert verdict.provenance.spent.calls > 2 and verdict.provenance.spent.seconds > 0
    assert replay(RecordedRun.load(tmp_path)).to_json() == verdict.to_json()
    assert replay(RecordedRun.load(the_file(tmp_path))).to_json() == verdict.to_json()


def test_senses_that_broke_break_again_with_the_same_words(
    recorded: Callable[..., RecordedRun], tmp_path: Path
) -> None:
    @perception_tool(modality="gesture", prefix="G")
    def gesture(clip: Any, span: Any) -> list[Evidence]:
        raise OSError("camera\nlost")

    @perception_tool(modality="gaze", prefix="Z")
    def gaze(clip: Any, span: Any) -> list[Evidence]:
        raise SenseError("nobody looks")

    verdict = recorded(tools=(gesture, gaze)).record.verdict
    assert verdict.modalities["gesture"].state == "failed"
    assert replay(RecordedRun.load(tmp_path)).to_json() == verdict.to_json()


def test_vectors_lie_beside_the_file_and_nothing_else_does(
    recorded: Callable[..., RecordedRun], tmp_path: Path
) -> None:
    @perception_tool(modality="gesture", prefix="G")
    def gesture(clip: Clip, span: Any) -> list[Evidence]:
        key = clip.keep("embedding/gesture", np.arange(4))
        seen = "Hands rest."
        return [
            Evidence(
                span=span, observation=seen, quality=1, provenance=MADE_BY,
                embedding=key,
            )
        ]  # fmt: skip

    recorded(tools=(gesture,))
    file = the_file(tmp_path)
    assert {f.name for f in tmp_path.iterdir()} == {
        file.name,
        file.with_suffix(".npz").name,
    }
    vectors = RecordedRun.load(tmp_path).vectors
    np.testing.assert_array_equal(vectors["embedding/gesture"], np.arange(4))
    file.with_suffix(".npz").write_bytes(b"damaged")
    with pytest.raises(RecordingError, match=r"run-.*\.npz: "):
        RecordedRun.load(tmp_path)


def test_a_prompt_that_is_not_in_the_record_is_named_with_what_differs(
    recorded: Callable[..., RecordedRun], scripted: Any
) -> None:
    run = recorded(scripted("no JSON"))
    calls = []
    for one in run.record.calls:
        if hasattr(one.question, "messages"):
            other = one.question.model_copy(update={"messages": (("human", "Hi."),)})
            one = one.model_copy(update={"question": other, "key": other.key})
        calls.append(one)
    other_run = RecordedRun(
        run.record.model_copy(update={"calls": tuple(calls)}), run.vectors
    )
    with pytest.raises(
        RecordingError, match=r"prompt differs .* in .*messages"
    ) as info:
        replay(other_run)
    assert "crying" not in str(info.value) and "\n" not in str(info.value)


def test_a_verdict_that_comes_out_otherwise_is_no_replay(
    recorded: Callable[..., RecordedRun], tmp_path: Path
) -> None:
    recorded()
    file = the_file(tmp_path)
    sheet = json.loads(file.read_text())
    sheet["verdict"]["confidence"] = 0.123
    file.write_text(json.dumps(sheet))
    with pytest.raises(RecordingError, match="comes out otherwise: confidence"):
        replay(RecordedRun.load(tmp_path))


def altered(sheet: dict[str, Any], how: str) -> str:
    if how == "cut":
        return json.dumps(sheet)[:500]
    if how == "newer":
        return json.dumps({**sheet, "format": 99})
    sheet["told"][0]["question"]["fine"] = True
    return json.dumps(sheet)


@pytest.mark.parametrize(
    ("how", "message"),
    [("cut", "not a recorded run"), ("newer", "format"), ("edited", "altered")],
)
def test_a_file_that_is_no_run_says_why_in_one_line(
    recorded: Callable[..., RecordedRun], tmp_path: Path, how: str, message: str
) -> None:
    recorded()
    file = the_file(tmp_path)
    file.write_text(altered(json.loads(file.read_text()), how))
    with pytest.raises(RecordingError, match=message) as info:
        RecordedRun.load(file)
    assert file.name in str(info.value) and "\n" not in str(info.value)


def test_a_folder_has_to_hold_one_run(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there: none"):
        RecordedRun.load(tmp_path)
    with pytest.raises(RecordingError, match="cannot be read"):
        RecordedRun.load(tmp_path / "missing.json")


def test_a_run_that_cannot_be_written_says_where(
    recorded: Callable[..., RecordedRun], tmp_path: Path
) -> None:
    run = recorded()
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot keep a run"):
        run.save(tmp_path / "file" / "runs")
