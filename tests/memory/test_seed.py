"""The seed memory: complete, labelled and read-only."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from affectgraph.memory import AFFECT, Memory, seed
from affectgraph.memory.seed import SeedCases
from affectgraph.tools import weights
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import MemoryStoreError, SettingError

SHIPPED = Path(seed.__file__).parent


@pytest.fixture(scope="module")
def shipped():
    return list(seed.read_seed(SHIPPED))


def test_what_is_written_is_read_back(tmp_path, case, face):
    vectors = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    cases = [case(1), case(2), case(3)]
    seed.write_seed(tmp_path, [SeedCases(face, cases, vectors)])
    (restored,) = seed.read_seed(tmp_path)
    assert (restored.space, restored.cases) == (face, cases)
    assert restored.vectors == pytest.approx(vectors, rel=1e-3)


@pytest.mark.parametrize("name", [seed.CASES, seed.VECTORS, seed.MANIFEST])
def test_what_was_changed_is_refused(tmp_path, case, face, name):
    seed.write_seed(tmp_path, [SeedCases(face, [case(1)], np.ones((1, 8)))])
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-3])
    with pytest.raises(MemoryStoreError, match=r"damaged.*install"):
        list(seed.read_seed(tmp_path))


def test_it_lies_in_the_affect_space_as_many_of_each_emotion(shipped):
    (seed_cases,) = shipped
    assert seed_cases.space.modality == AFFECT
    counts = Counter(case.label for case in seed_cases.cases)
    assert set(counts) == set(BASIC_EMOTIONS)
    assert min(counts.values()) >= 60


def test_its_vectors_are_of_the_weights_that_ship(shipped):
    known = {entry.sha256 for entry in weights.entries()}
    assert {seed_cases.space.model for seed_cases in shipped} <= known


def test_every_case_says_where_it_is_from_and_on_what_terms(shipped):
    for case in (case for seed_cases in shipped for case in seed_cases.cases):
        assert case.summary and case.source and case.licence
        assert case.label_source and case.annotator


def test_it_is_small():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 4_000_000


def test_it_is_searched_with_the_users_own_and_never_written_to(
    tmp_path, shipped, case
):
    before = _digests()
    seed_cases = shipped[0]
    query = seed_cases.vectors[0] + 0.05 * np.abs(
        seed_cases.vectors[0]
    ).mean() * _noise(seed_cases)
    memory = Memory(tmp_path)
    memory.add(
        case(1, seed_cases.cases[0].label), {seed_cases.space: seed_cases.vectors[0]}
    )
    recalled = memory.recall(
        {seed_cases.space: query}, leading=seed_cases.cases[0].label, k=1000
    )
    recalled_ids = {recall.case.id for recall in recalled}
    assert len(recalled_ids) > 1
    assert memory.stats().cases == 1
    assert memory.stats().seed_cases == sum(
        len(seed_cases.cases) for seed_cases in shipped
    )
    assert _digests() == before


def test_it_cannot_be_forgotten(tmp_path, shipped):
    with pytest.raises(SettingError, match="seed=False"):
        Memory(tmp_path).forget(shipped[0].cases[0].id)


def _noise(seed_cases):
    return np.random.default_rng(0).normal(size=seed_cases.vectors.shape[1])


def _digests():
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in SHIPPED.iterdir()
        if path.is_file()
    }
