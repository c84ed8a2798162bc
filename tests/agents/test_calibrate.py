"""`agent.calibrate`: a language model counts if it helps on labelled clips."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool
from affectgraph.agents.cli.main import app
from affectgraph.agents.evaluation import ManifestRow
from affectgraph.agents.evaluation.calibrate import JudgedClip, measure
from affectgraph.agents.evaluation.reasoner_weight import fit_weight
from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.judgement import PAIRS
from affectgraph.graphs.reasoner.measurement import ReasonerMeasurement
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Fused, ModelUsage
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, top_emotion
from affectgraph.tools.errors import SettingError

pytestmark = pytest.mark.slow

TAKE = re.compile(r"take (\d+)")
Script = Callable[[int], str]


def truth(take: int) -> str:
    """Label of a take; a reader of the prompt can find out its number."""
    return BASIC_EMOTIONS[take % 7]


def vote(take: int, sense: int) -> dict[str, float]:
    """Right about two times in three."""
    rng = np.random.default_rng([take, sense])
    shares = dict(zip(BASIC_EMOTIONS, rng.dirichlet(np.full(7, 0.7)), strict=True))
    favourite = truth(take) if rng.random() < 0.55 else str(rng.choice(BASIC_EMOTIONS))
    shares[favourite] += 0.6
    return distribution(shares)


def sense(modality: str, number: int) -> Any:
    def look(clip: Clip, span: Any) -> list[Evidence]:
        found = TAKE.search(clip.text or "")
        assert found is not None
        return [
            Evidence(
                span=span,
                observation=f'The words "{found[0]}" are said.',
                distribution=vote(int(found[1]), number),
                quality=0.8,
                provenance=Provenance(model="made up"),
            )
        ]

    look.__name__ = modality
    return perception_tool(modality=modality, prefix=modality[0].upper())(look)


SENSES = (sense("face", 0), sense("prosody", 1))


def rows(first: int, count: int) -> list[ManifestRow]:
    return [
        ManifestRow(
            number=n, path=None, text=f"take {n}", label=truth(n), language="en"
        )
        for n in range(first, first + count)
    ]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFFECTGRAPH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def model(scripted: Any) -> Callable[[Script], Any]:
    """A chat model that prefers what a function of the take's number names."""

    def build(choose: Script) -> Any:
        def reply(messages: Any, options: dict[str, Any]) -> str:
            if "response_format" not in options:
                return "I think about it."
            found = TAKE.search(messages[0].text)
            label = choose(int(found[1]) if found else 0)
            fields = options["response_format"]["json_schema"]["schema"]["properties"]
            return json.dumps(
                {
                    name: label if label in field.get("enum", ()) else other(field)
                    for name, field in fields.items()
                }
            )

        return scripted(reply)

    def other(field: dict[str, Any]) -> Any:
        if "enum" in field:
            return field["enum"][0]
        return ["word"] if field.get("type") == "array" else "A sentence of words."

    return build


def liar(take: int) -> str:
    return BASIC_EMOTIONS[(take + 1 + take % 5) % 7]


def shuffled(take: int) -> str:
    return random.Random(take).choice(BASIC_EMOTIONS)


def accuracy(agent: EmotionAgent, takes: list[ManifestRow]) -> float:
    verdicts = [agent.analyze(text=row.text) for row in takes]
    right = [top_emotion(v.distribution) == r.label for v, r in zip(verdicts, takes)]  # noqa: B905
    return sum(right) / len(right)


def test_an_oracle_on_50_takes_opens_and_is_right_on_others(
    model: Any, data_folder: Path
) -> None:
    agent = EmotionAgent(llm=model(truth), tools=SENSES)
    others = rows(1000, 60)
    assert accuracy(EmotionAgent(llm=None, tools=SENSES), others) < 0.85
    measured = agent.calibrate(rows(0, 50))
    assert measured.is_open and measured.gain.low > 0 and measured.clips == 50
    assert measured.accuracy_with > measured.accuracy_without
    assert accuracy(agent, others) > 0.9
    later = EmotionAgent(llm=model(truth), tools=SENSES)
    assert accuracy(later, others) > 0.9
    assert len(list(data_folder.rglob("*.json"))) == 1


@pytest.mark.parametrize("choose", [liar, shuffled, lambda take: "happy"])
def test_liars_and_guessers_stay_shut(model: Any, choose: Script) -> None:
    agent = EmotionAgent(llm=model(choose), tools=SENSES)
    measured = agent.calibrate(rows(0, 50))
    assert not measured.is_open and measured.trust.value == 0
    assert measured.confidence == {} and measured.thresholds == {}
    plain = EmotionAgent(llm=None, tools=SENSES)
    for row in rows(1000, 5):
        one, other = agent.analyze(text=row.text), plain.analyze(text=row.text)
        assert one.distribution == other.distribution
        assert one.confidence == other.confidence


def test_a_judge_that_is_often_right_lifts_accuracy() -> None:
    rng = np.random.default_rng(0)

    def takes(n: int) -> tuple[np.ndarray, ...]:
        labels = rng.integers(0, 7, n)
        scores = rng.normal(0, 1, (n, 7))
        scores[np.arange(n), labels] += 1.7
        pool = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        picked = np.where(rng.random(n) < 0.7, labels, rng.integers(0, 7, n))
        judged = np.eye(7)[picked] * 4.0
        return pool, judged - judged.mean(axis=1, keepdims=True), labels

    fit = fit_weight(*takes(200), [str(n) for n in range(200)])
    pool, judged, labels = takes(2000)
    alone = (pool.argmax(axis=1) == labels).mean()
    both = (
        (pool + fit.weight.value * (judged - fit.bias)).argmax(axis=1) == labels
    ).mean()
    assert fit.is_open and both > alone + 0.08


def test_a_situation_with_enough_clips_gets_its_own_weight(scripted: Any) -> None:
    rng = np.random.default_rng(0)

    def clip(number: int, modality: str, helps: bool) -> JudgedClip:
        label = int(rng.integers(7))
        scores = rng.normal(0, 1, 7)
        scores[label] += 1
        picked = label if helps else int(rng.integers(7))
        fused = Fused(
            distribution=distribution(np.exp(scores).tolist()),
            by_modality={modality: distribution({})},
            quality={modality: 0.5},
        )
        return JudgedClip(
            fused=fused,
            judgements={PAIRS[0]: np.eye(7)[picked] * 4 - 4 / 7},
            costs={PAIRS[0]: ModelUsage(calls=2)},
            label=BASIC_EMOTIONS[label],
            group=str(number),
        )

    clips = [clip(n, "face", helps=True) for n in range(120)]
    clips += [clip(n, "prosody", helps=False) for n in range(120, 240)]
    measured = measure(Reasoner(scripted(""), "scripted"), clips)
    assert measured.by_situation["prosody"].value == 0
    face = measured.trust_in("face")
    assert 0 < face.low <= face.value <= face.high and face.n == 120
    assert measured.trust_in("face and prosody") == measured.trust


def test_a_few_clips_open_nothing(model: Any) -> None:
    agent = EmotionAgent(llm=model(truth), tools=SENSES)
    assert not agent.calibrate(rows(0, 10)).is_open


def test_labels_never_reach_the_model(model: Any) -> None:
    def measure(name: str) -> list[str]:
        chosen = model(lambda take: "happy")
        takes = [row.model_copy(update={"label": name}) for row in rows(0, 8)]
        EmotionAgent(llm=chosen, tools=SENSES).calibrate(takes)
        return [str(messages) for messages in chosen.history]

    assert measure("sad") == measure("angry")


def test_a_file_may_be_given_and_must_be_of_the_model(
    model: Any, scripted: Any, tmp_path: Path
) -> None:
    file = tmp_path / "judge.json"
    agent = EmotionAgent(llm=model(truth), tools=SENSES)
    measured = agent.calibrate(rows(0, 50), file)
    assert ReasonerMeasurement.load(file) == measured
    given = EmotionAgent(llm=model(truth), tools=SENSES, calibration=file)
    (part,) = [
        part
        for part in given.analyze(text="take 1000").contributions
        if part.expert == "reasoner"
    ]
    assert part.trust.value == measured.trust.value
    other = measured.model_copy(update={"fingerprint": "1" * 64})
    other.save(file)
    changed = EmotionAgent(llm=model(truth), tools=SENSES, calibration=file)
    with pytest.raises(SettingError, match="other prompts"):
        changed.analyze(text="take 1000")


def test_without_a_model_there_is_nothing_to_calibrate() -> None:
    with pytest.raises(SettingError, match="no language model"):
        EmotionAgent(llm=None, tools=SENSES).calibrate(rows(0, 5))


def test_the_command_needs_a_manifest_and_a_model(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["calibrate", str(tmp_path / "no.csv")])
    assert missing.exit_code == 2
    named = ["calibrate", str(tmp_path / "no.csv"), "--llm", "nobody:x"]
    assert isinstance(CliRunner().invoke(app, named).exception, SettingError)


def test_the_command_prints_what_it_measured(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "chat_model", lambda name: model(shuffled))
    manifest, out = tmp_path / "clips.csv", tmp_path / "sub" / "judge.json"
    texts = [f"{n} times I was so happy,happy" for n in range(4)]
    manifest.write_text("\n".join(["text,label", *texts]))
    done = CliRunner().invoke(
        app,
        ["calibrate", str(manifest), "--llm", "vllm:tiny", "--tools", "transcript",
         "--out", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "n = 4 clips" in done.output and "it stays shut" in done.output
    assert "accuracy: " in done.output and "cost a clip: " in done.output
    assert ReasonerMeasurement.load(out).model == "vllm:tiny"


def test_a_person_reviews_the_decision_and_the_run_goes_on(tmp_path: Path) -> None:
    seen = []

    def correct(decision: Any) -> str:
        seen.append(decision.leading)
        return "fear"

    plain = EmotionAgent(llm=None, tools=SENSES).analyze(text="take 3")
    verdict = EmotionAgent(llm=None, tools=SENSES, review=correct).analyze(
        text="take 3"
    )
    assert seen == [top_emotion(plain.distribution)]
    assert verdict.label == "fear" and not verdict.abstained
    assert verdict.review is not None and verdict.review.label == "fear"
    assert verdict.distribution == plain.distribution
    accepted = EmotionAgent(llm=None, tools=SENSES, review=lambda decision: None)
    assert accepted.analyze(text="take 3").label == plain.label


def test_a_run_that_waits_for_a_person_is_resumed_by_another_agent(
    tmp_path: Path,
) -> None:
    def absent(decision: Any) -> None:
        raise SettingError("nobody is here")

    waiting = EmotionAgent(llm=None, tools=SENSES, runs=tmp_path / "r", review=absent)
    with pytest.raises(SettingError, match="nobody"):
        waiting.analyze(text="take 3", thread="t")
    later = EmotionAgent(
        llm=None, tools=SENSES, runs=tmp_path / "r", review=lambda decision: "sad"
    )
    assert later.analyze(text="take 3", thread="t").label == "sad"


def test_a_reviewed_run_is_replayed(tmp_path: Path) -> None:
    agent = EmotionAgent(llm=None, tools=SENSES, review=lambda decision: "sad")
    verdict = agent.analyze(text="take 3", record=tmp_path)
    assert agent.replay(tmp_path) == verdict


def test_an_unknown_emotion_of_a_reviewer_is_an_error() -> None:
    agent = EmotionAgent(llm=None, tools=SENSES, review=lambda decision: "joyful")
    with pytest.raises(SettingError, match="joyful"):
        agent.analyze(text="take 3")
