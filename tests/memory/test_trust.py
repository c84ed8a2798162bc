"""Trust in a memory: measured on its own cases, each left out in turn."""

import sqlite3

import numpy as np
import pytest
from pydantic import ValidationError

from affectgraph.memory import Case, Memory
from affectgraph.memory.backends.sqlite.schema import MIGRATIONS
from affectgraph.tools.emotions import BASIC_EMOTIONS

LABELS = ("happy", "sad", "angry")
FLAT = (1 / 7,) * 7
UNSURE = (0.1, 0.25, 0.25, 0.2, 0.1, 0.05, 0.05)


def surely(label):
    """Probabilities of senses that are rather sure of a label."""
    return tuple(0.7 if emotion == label else 0.05 for emotion in BASIC_EMOTIONS)


@pytest.fixture
def takes(case):
    """Cases about takes that look like their label: (case, vectors) of that many."""

    def make(count, *, labels=None, noise=0.4, **fields):
        rng = np.random.default_rng(0)
        looks = [LABELS[number % 3] for number in range(count)]
        labels = labels or looks
        fields = {"pooled": UNSURE} | fields
        return [
            (
                case(number, label, **fields),
                np.eye(16)[LABELS.index(look)] + noise * rng.normal(size=16) / 4,
            )
            for number, (label, look) in enumerate(zip(labels, looks, strict=True))
        ]

    return make


def fill(memory, takes, space):
    for case, vector in takes:
        memory.add(case, {space: vector})
    return memory.trust()


def test_twenty_cases_that_tell_labels_apart_are_trusted(memory, takes, voice):
    trust = fill(memory, takes(20), voice)
    assert trust.value > 0 and trust.low <= trust.value <= trust.high
    assert (trust.cases, trust.judged) == (20, 20)
    assert trust.log_loss < 0.7 * trust.log_loss_without
    assert trust.gain_low > 0
    assert "20 cases of yours: log loss" in str(trust)
    shuffled = [label for label in LABELS[1:] + LABELS[:1] for _ in range(7)][:20]
    poisoned = fill(Memory(seed=False), takes(20, labels=shuffled), voice)
    assert str(poisoned) == "20 cases of yours: not yet trusted"


@pytest.mark.parametrize("senses", ["unsure", "sure"])
def test_shuffled_labels_are_not_trusted(takes, voice, senses):
    """A 95% interval may be wrong one time in twenty."""
    opened = []
    for seed in range(40):
        labels = [LABELS[number % 3] for number in range(20)]
        np.random.default_rng(seed).shuffle(labels)
        memory = Memory(seed=False)
        memory.add_all(
            (case.model_copy(update={"pooled": pooled}), {voice: vector})
            for number, (case, vector) in enumerate(takes(20, labels=labels))
            for pooled in [UNSURE if senses == "unsure" else surely(LABELS[number % 3])]
        )
        opened.append(memory.trust().value > 0)
        memory.close()
    assert sum(opened) <= 2


def test_what_the_senses_know_already_earns_no_trust(takes, voice):
    known = [
        (case.model_copy(update={"pooled": surely(case.label)}), vector)
        for case, vector in takes(20, noise=40.0)
    ]
    assert fill(Memory(seed=False), known, voice).value == 0


def test_few_cases_are_not_trusted(memory, takes, voice):
    assert str(memory.trust()) == "0 cases of yours: not yet trusted"
    trust = fill(memory, takes(4), voice)
    assert (trust.value, trust.judged) == (0, 4)


def test_cases_that_do_not_say_what_the_senses_gave_cannot_be_judged(takes, voice):
    trust = fill(Memory(seed=False), takes(20, pooled=None), voice)
    assert (trust.value, trust.cases, trust.judged) == (0, 20, 0)
    assert "only 0 can be judged" in str(trust)


def test_trust_is_the_same_however_the_cases_came(place, takes, voice):
    memory = Memory(place, seed=False)
    one_by_one = fill(memory, takes(30), voice)
    at_once = Memory(seed=False)
    at_once.add_all((case, {voice: vector}) for case, vector in takes(30))
    assert one_by_one == Memory(place, seed=False).trust()
    assert at_once.trust().value == one_by_one.value
    assert at_once.trust().log_loss == pytest.approx(one_by_one.log_loss)


def test_another_process_finds_the_trust_in_the_present_cases(place, takes, voice):
    memory, other = Memory(place, seed=False), Memory(place, seed=False)
    trust = fill(memory, takes(20), voice)
    assert other.trust() == trust
    case, vector = takes(21)[-1]
    other.add(case, {voice: vector})
    assert memory.trust().cases == 21
    memory.forget(case.id)
    assert other.trust() == trust == other.stats().trust


def test_a_clip_does_not_vouch_for_itself(case, voice):
    rng = np.random.default_rng(0)
    memory = Memory(seed=False)
    for number in range(15):
        vector, label = rng.normal(size=16), BASIC_EMOTIONS[number % 7]
        for name in ("ann", "ben"):
            same = case(number, label, annotator=name, pooled=FLAT)
            memory.add(same, {voice: vector})
        copy = case(100 + number, label, pooled=FLAT)
        memory.add(copy, {voice: vector + 0.01 * rng.normal(size=16)})
    assert memory.trust().value == 0


def test_corrected_errors_alone_do_not_make_a_memory_trusted(takes, voice):
    wrong = [
        (
            case.model_copy(update={"correction": True, "pooled": surely("fear")}),
            vector,
        )
        for case, vector in takes(20)
    ]
    memory = Memory(seed=False)
    for case, vector in wrong:
        memory.correct(case, {voice: vector}, before="fear")
    assert memory.trust().value == 0
    assert memory.trust().judged == 20


def test_corrected_errors_count_as_much_as_the_other_cases(takes, voice):
    memory = Memory(seed=False)
    for number, (case, vector) in enumerate(takes(40)):
        wrong = number % 4 < 2
        case = case.model_copy(update={"correction": wrong})
        memory.add(case, {voice: vector})
    assert memory.trust().value > 0


def test_a_memory_of_the_first_release_opens_and_says_what_it_lacks(tmp_path, case):
    connection = sqlite3.connect(tmp_path / "cases.sqlite")
    for statements in MIGRATIONS[:2]:
        for statement in statements:
            connection.execute(statement)
    connection.execute("PRAGMA user_version = 2")
    for old in (case(1, label_source="correction of a verdict"), case(2)):
        body = old.model_dump_json(exclude={"correction", "pooled"})
        connection.execute(
            "INSERT INTO cases (id, sha256, label, annotator, source, body)"
            " VALUES (?, ?, ?, '', '', ?)",
            (old.id, old.sha256, old.label, body),
        )
    connection.commit()
    connection.close()
    memory = Memory(tmp_path, seed=False)
    assert {c.sha256[-1]: c.correction for c in memory.search()} == {
        "1": True,
        "2": False,
    }
    assert memory.trust().judged == 0
    assert memory.trust().cases == 2


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_trust_travels_with_exported_cases(tmp_path, takes, voice, suffix):
    memory, copy = Memory(seed=False), Memory(seed=False)
    trust = fill(memory, takes(20), voice)
    memory.export(tmp_path / f"cases{suffix}")
    copy.import_(tmp_path / f"cases{suffix}")
    assert copy.search() == memory.search()
    assert copy.trust().value == trust.value > 0


@pytest.mark.parametrize(
    "pooled", [(0.5, 0.5), (1.0,) * 7, (-1.0, 2.0, 0, 0, 0, 0, 0), ("nan",) * 7]
)
def test_what_is_no_distribution_is_refused(pooled):
    with pytest.raises(ValidationError):
        Case(sha256="a" * 64, label="sad", pooled=pooled)
