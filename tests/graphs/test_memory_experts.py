"""Memories as experts: what cases add to the answer, and what each of them adds."""

import math

import numpy as np
import pytest

from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.memory_experts import (
    add_memories,
    case_influences,
    decisive_cases,
)
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import Case, MemoryTrust, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS

TRUSTED = MemoryTrust(value=6.0, low=2.0, high=9.0, cases=20, judged=20)
SHUT = MemoryTrust(cases=12, judged=12)


def recalled(number, label, surplus, *, correction=False, **fields):
    case = Case(sha256=f"{number:064x}", label=label, correction=correction)
    fields = {"own": True, "modalities": ("affect",), "kind": "supporting"} | fields
    return Recalled(case=case, similarity=surplus, surplus=surplus, **fields)


def decision_of(evidence, cases, trust):
    fused, by_case = add_memories(pool(evidence), cases, trust)
    state = {"evidence": evidence, "fused": fused, "hypotheses": []}
    return decide(state, 0.9), fused, by_case


def test_a_memory_that_is_not_trusted_changes_nothing(evidence):
    rng = np.random.default_rng(0)
    senses = decision_of(evidence, [], None)[0]
    for _ in range(50):
        cases = [
            recalled(n, str(rng.choice(BASIC_EMOTIONS)), float(rng.random()))
            for n in range(9)
        ]
        decision, _, by_case = decision_of(evidence, cases, SHUT)
        assert decision.distribution == senses.distribution
        assert decision.confidence == senses.confidence
        assert decision.prediction_set == senses.prediction_set
        assert by_case == {}
        (memory,) = [c for c in decision.contributions if c.expert == "memory"]
        assert memory.log_odds == memory.trust.value == 0
        assert memory.trust.measured_on == "12 cases of yours: not yet trusted"


def test_cases_that_ship_move_nothing(evidence):
    cases = [recalled(1, "fear", 0.9, own=False)]
    assert add_memories(pool(evidence), cases, None)[0] == pool(evidence)


def test_the_nearer_case_moves_the_answer_to_its_label(evidence):
    cases = [recalled(1, "happy", 0.2), recalled(2, "sad", 0.9)]
    decision, fused, _ = decision_of(evidence, cases, TRUSTED)
    assert decision.distribution["sad"] > decision.fast["sad"]
    assert decision.distribution["happy"] < decision.fast["happy"]
    assert decision.fast == pool(evidence).distribution
    assert fused.by_modality == pool(evidence).by_modality


def test_an_emotion_without_a_case_stays_as_likely_as_the_others_without(evidence):
    fused, _ = add_memories(
        pool(evidence), [recalled(1, "happy", 0.2), recalled(2, "sad", 0.9)], TRUSTED
    )
    before = pool(evidence).distribution
    assert fused.distribution["fear"] / fused.distribution["disgust"] == pytest.approx(
        before["fear"] / before["disgust"]
    )


def test_one_case_alone_says_nothing(evidence):
    fused, _ = add_memories(pool(evidence), [recalled(1, "fear", 1.0)], TRUSTED)
    assert fused.distribution == pytest.approx(pool(evidence).distribution)


def test_a_single_sense_is_moved_too(evidence):
    (voice,) = [p for p in evidence if p.id == "P1"]
    cases = [recalled(1, "fear", 0.9), recalled(2, "sad", 0.1)]
    decision, _, _ = decision_of([voice], cases, TRUSTED)
    assert decision.leading == "fear"


def test_contributions_add_up_and_cases_add_up_to_the_memory(evidence):
    cases = [
        recalled(1, "sad", 0.9), recalled(2, "sad", 0.5), recalled(3, "happy", 0.4),
        recalled(4, "fear", 0.3), recalled(5, "angry", 0.99, own=False),
    ]  # fmt: skip
    decision, _, by_case = decision_of(evidence, cases, TRUSTED)
    odds = math.log(
        decision.distribution[decision.leading]
        / decision.distribution[decision.runner_up]
    )
    assert sum(c.log_odds for c in decision.contributions) == pytest.approx(odds)
    (memory,) = [c for c in decision.contributions if c.expert == "memory"]
    influences = case_influences(decision, by_case)
    assert {each.case for each in influences} == {"C1", "C3", "C4"}
    assert sum(i.log_odds for i in influences) == pytest.approx(memory.log_odds)
    assert (memory.trust.value, memory.trust.n) == (6.0, 20)


def test_an_answer_rests_on_a_case_only_if_another_would_lead_without(evidence):
    (voice,) = [p for p in evidence if p.id == "P1"]
    strong = [recalled(1, "fear", 0.9), recalled(2, "sad", 0.1)]
    _, fused, by_case = decision_of([voice], strong, TRUSTED)
    assert decisive_cases(fused, by_case) == ("C1",)
    weak = [recalled(1, "sad", 0.2), recalled(2, "fear", 0.1)]
    _, fused, by_case = decision_of([voice], weak, TRUSTED)
    assert by_case and decisive_cases(fused, by_case) == ()


@pytest.mark.parametrize("trust", [SHUT, TRUSTED])
def test_a_near_copy_of_a_corrected_clip_follows_the_correction(evidence, trust):
    corrected = recalled(1, "angry", 0.95, correction=True, near_copy=True)
    cases = [corrected, recalled(2, "happy", 0.99)]
    decision, fused, by_case = decision_of(evidence, cases, trust)
    assert decision.label == "angry"
    assert decision.distribution["angry"] == pytest.approx(0.9)
    assert decisive_cases(fused, by_case) == ("C1",)
    assert decision.contributions[0].expert == "memory"


def test_only_a_correction_is_followed(evidence):
    copy = recalled(1, "angry", 0.95, near_copy=True)
    fused, _ = add_memories(pool(evidence), [copy], SHUT)
    assert fused.distribution == pool(evidence).distribution
    far = recalled(1, "angry", 0.95, correction=True)
    fused, _ = add_memories(pool(evidence), [far], SHUT)
    assert fused.distribution == pool(evidence).distribution


def test_a_correction_never_makes_its_label_less_likely(evidence):
    corrected = recalled(1, "sad", 0.95, correction=True, near_copy=True)
    (voice,) = [p for p in evidence if p.id == "P1"]
    sure = voice.model_copy(
        update={
            "distribution": {e: 0.97 if e == "sad" else 0.005 for e in BASIC_EMOTIONS},
            "quality": 1.0,
            "calibration": None,
        }
    )
    fused, _ = add_memories(pool([sure]), [corrected], SHUT)
    assert fused.distribution["sad"] >= pool([sure]).distribution["sad"]
