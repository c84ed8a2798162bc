"""Memory's say in the fused answer, and what each case has to do with it."""

import pytest

from affectgraph.graphs.verdict import memory_prior
from affectgraph.graphs.verdict.case_influence import decide_with_influence
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.hypotheses import propose_by_arithmetic
from affectgraph.graphs.verdict.memory_prior import (
    apply_memory_prior,
    nearest_similarity,
)
from affectgraph.graphs.verdict.parameters import decision_parameters
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import AFFECT, Case, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion


def recalled_case(number, label, similarity, modalities=(AFFECT,)):
    case = Case(sha256=f"{number:064x}", label=label)
    return Recalled(
        case=case, similarity=similarity, modalities=modalities, kind="supporting"
    )


@pytest.fixture
def trust(monkeypatch):
    def set_trust(value):
        shipped = decision_parameters()
        memory = shipped.memory.model_copy(update={"value": value})
        learned = shipped.model_copy(update={"memory": memory})
        monkeypatch.setattr(memory_prior, "decision_parameters", lambda: learned)

    return set_trust


def test_cases_without_trust_change_nothing(trust, evidence):
    trust(0.0)
    fused = pool(evidence)
    assert apply_memory_prior(fused, [recalled_case(1, "fear", 1.0)]) is fused


def test_the_nearer_case_wins_the_more_of_the_answer(trust, evidence):
    trust(2.0)
    fused = pool(evidence)
    cases = [recalled_case(1, "happy", 0.9), recalled_case(2, "sad", 0.3)]
    moved = apply_memory_prior(fused, cases)
    assert moved.distribution["happy"] > fused.distribution["happy"]
    assert moved.distribution["sad"] < fused.distribution["sad"]
    assert sum(moved.distribution.values()) == pytest.approx(1)
    assert moved.by_modality == fused.by_modality


def test_equally_near_cases_say_nothing(trust, evidence):
    trust(2.0)
    fused = pool(evidence)
    cases = [recalled_case(n, label, 0.7) for n, label in enumerate(BASIC_EMOTIONS)]
    assert apply_memory_prior(fused, cases).distribution == pytest.approx(
        fused.distribution
    )


def test_one_case_alone_says_nothing_of_the_emotions_that_memory_lacks(trust, evidence):
    trust(2.0)
    fused = pool(evidence)
    moved = apply_memory_prior(fused, [recalled_case(1, "fear", 1.0)])
    assert moved.distribution == pytest.approx(fused.distribution)


def test_a_sense_alone_is_taken_at_its_word(trust, evidence):
    trust(2.0)
    fused = pool(evidence, without={"prosody", "transcript"})
    cases = [recalled_case(1, "fear", 0.9), recalled_case(2, "sad", 0.1)]
    assert apply_memory_prior(fused, cases) is fused


def test_cases_that_the_affect_space_does_not_hold_have_no_say():
    assert (
        nearest_similarity([recalled_case(1, "sad", 0.9, modalities=("face",))]) == {}
    )


def test_the_nearest_of_each_emotion_counts():
    near = nearest_similarity(
        [recalled_case(1, "sad", 0.4), recalled_case(2, "sad", 0.8)]
    )
    assert near["sad"] == 0.8


@pytest.fixture
def state(evidence):
    """A state after verification, with these cases."""

    def make_state(*cases):
        state = {
            "evidence": evidence,
            "cases": list(cases),
            "fused": apply_memory_prior(pool(evidence), cases),
            "rounds": 1,
        }
        state["hypotheses"] = propose_by_arithmetic(state)
        return state

    return make_state


def test_each_case_has_its_influence_computed(trust, state):
    trust(1.0)
    given = state(recalled_case(1, "sad", 0.9), recalled_case(2, "happy", 0.5))
    decision, influence, _ = decide_with_influence(given, 0.9)
    assert [one.case for one in influence] == ["C1", "C2"]
    again = state(recalled_case(2, "happy", 0.5))
    assert influence[0].label == top_emotion(again["fused"].distribution)
    assert influence[0].confidence < decision.distribution[decision.leading]


def test_a_case_behind_another_of_its_emotion_moves_nothing(trust, state):
    trust(1.0)
    near, far = recalled_case(1, "sad", 0.9), recalled_case(2, "sad", 0.2)
    given = state(near, far, recalled_case(3, "happy", 0.5))
    whole = decide(given, 0.9)
    _, influence, resting = decide_with_influence(given, 0.9)
    assert influence[1].label == whole.leading
    assert influence[1].confidence == pytest.approx(whole.confidence)
    assert "C2" not in resting


def test_an_answer_that_rests_on_a_case_says_so_and_is_less_sure(trust, state):
    trust(30.0)
    cases = [recalled_case(n, e, 0.3) for n, e in enumerate(BASIC_EMOTIONS)]
    decision, influence, resting = decide_with_influence(
        state(*cases, recalled_case(9, "fear", 0.9)), 0.9
    )
    assert decision.leading == "fear"
    assert resting == ("C8",)
    assert influence[-1].label != "fear"
    assert decision.confidence == influence[-1].confidence < 0.5


def test_cases_without_trust_move_no_label(trust, state):
    trust(0.0)
    cases = [recalled_case(1, "fear", 1.0), recalled_case(2, "happy", 0.1)]
    decision, influence, _ = decide_with_influence(state(*cases), 0.9)
    assert {one.label for one in influence} == {decision.leading}


def test_without_cases_there_is_no_influence(state):
    _, influence, resting = decide_with_influence(state(), 0.9)
    assert influence == () == resting
