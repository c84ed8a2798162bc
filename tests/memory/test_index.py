"""The vector index: exact when small, approximate when large, and deletion."""

import numpy as np
import pytest

from affectgraph.memory.index import FLAT_BELOW, VectorIndex, inverted_lists_for
from affectgraph.memory.vector_table import Batch
from affectgraph.tools.emotions import BASIC_EMOTIONS


def clustered_vectors(count, seed):
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(50, 16))
    centre = centres[random.integers(0, 50, count)]
    return (centre + 0.5 * random.normal(size=(count, 16))).astype(np.float32)


def exact_nearest(vectors, query, k, among):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(-(unit @ query))
    return [key + 1 for key in order if among[key]][:k]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(1_000, id="flat"),
        pytest.param(FLAT_BELOW, id="ivf", marks=pytest.mark.slow),
    ],
)
def filled(request):
    vectors = clustered_vectors(request.param, seed=1)
    labels = np.array(BASIC_EMOTIONS)[np.arange(len(vectors)) % 7]
    batch = Batch(range(1, len(vectors) + 1), list(labels), vectors)
    index = VectorIndex.build(16, len(vectors), lambda: [batch])
    return index, labels, vectors


def test_the_kind_is_chosen_by_size():
    assert inverted_lists_for(FLAT_BELOW - 1) == 0
    assert inverted_lists_for(FLAT_BELOW) == 1024
    assert inverted_lists_for(1_000_000) == 4096


@pytest.mark.parametrize("label", [None, "fear"])
def test_the_nearest_are_found(filled, label):
    index, labels, vectors = filled
    among = np.ones(len(labels), bool) if label is None else labels == label
    overlap = [
        len(
            {hit.key for hit in index.search(query, 10, label=label)}
            & set(exact_nearest(vectors, query, 10, among))
        )
        for query in clustered_vectors(30, seed=2)
    ]
    assert np.mean(overlap) >= (10 if index.lists == 0 else 9.5)


def test_saved_and_loaded_it_answers_the_same(filled, tmp_path):
    index, _, vectors = filled
    path = tmp_path / "index"
    index.save(path, checksum=7)
    loaded = VectorIndex.load(path, checksum=lambda newest: 7)
    assert loaded is not None
    assert np.array_equal(loaded.keys, index.keys)
    assert loaded.search(vectors[3], 5) == index.search(vectors[3], 5)
    assert list(tmp_path.iterdir()) == [path]


def test_loading_refuses_what_is_damaged_or_of_another_database(filled, tmp_path):
    index, _, _ = filled
    path = tmp_path / "index"
    assert VectorIndex.load(path, checksum=lambda newest: 7) is None
    index.save(path, checksum=7)
    assert VectorIndex.load(path, checksum=lambda newest: 8) is None
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert VectorIndex.load(path, checksum=lambda newest: 7) is None
    path.write_bytes(content[:10])
    assert VectorIndex.load(path, checksum=lambda newest: 7) is None


def test_removed_is_removed(filled):
    index, _, vectors = filled
    (hit, *_) = index.search(vectors[3], 1)
    assert hit.key == 4
    index.remove(np.array([4, 10**9]))
    assert len(index) == len(vectors) - 1
    assert 4 not in index.keys
    assert index.search(vectors[3], 1)[0].key != 4
