"""The recipe of the affect space, on noisy vectors around each label."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from affectgraph.agents.training.affect_space.data import (  # noqa: E402
    SenseVectors,
    VectorSplit,
    sample_per_label,
)
from affectgraph.agents.training.affect_space.figures import (  # noqa: E402
    concatenated,
    distributions,
    figures_table,
    measure_spaces,
    unaligned,
)
from affectgraph.agents.training.affect_space.recipe import (  # noqa: E402
    export,
    fit,
    make_projector,
    sample_rows,
)

pytestmark = pytest.mark.slow

SIZES = {"face": 12, "prosody": 20, "transcript": 16}


@pytest.fixture(scope="module")
def split():
    world = np.random.default_rng(0)
    centres = {name: world.normal(size=(7, size)) for name, size in SIZES.items()}

    def draw(name, count):
        label = np.repeat(np.arange(7), count)
        noise = world.normal(size=(len(label), SIZES[name]))
        vectors = (centres[name][label] + 0.5 * noise).astype(np.float32)
        shares = np.full((len(label), 7), 0.1, np.float32)
        shares[np.arange(len(label)), label] = 0.4
        return SenseVectors(vectors, shares, label)

    return VectorSplit(
        {name: draw(name, 30) for name in SIZES},
        {name: draw(name, 10) for name in SIZES},
    )


@pytest.fixture(scope="module")
def network(split):
    return fit(split, 0, steps=60)


def test_modalities_come_together(split, network):
    found = measure_spaces(
        split,
        {
            "concatenation": concatenated(split),
            "components": unaligned(split, 8),
            "space": make_projector(network),
        },
    )
    across = {
        name: one.precision["face finds prosody"][0] for name, one in found.items()
    }
    assert across["concatenation"] == pytest.approx(1 / 7, abs=0.05)
    assert across["components"] < 0.6 < across["space"]
    assert found["space"].gap < found["concatenation"].gap
    assert found["concatenation"].same == 1.0 > found["space"].same


def test_answers_that_name_the_label_find_it(split):
    (found,) = measure_spaces(split, {"answers": distributions}).values()
    assert found.precision["none missing, all cases"] == (1.0, 1.0, 1.0)


def test_the_table_has_chance_and_a_column_for_each_way(split, network):
    lines = figures_table(
        measure_spaces(split, {"space": make_projector(network)})
    ).splitlines()
    assert lines[0] == "| label precision@5 | chance | space |"
    assert all(line.count("|") == 4 for line in lines)


def test_the_same_seed_gives_the_same_network(split):
    one, other = (fit(split, 3, steps=2).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_is_written_answers_as_what_was_fitted(split, network, tmp_path):
    file = tmp_path / "space.onnx"
    export(network, split, file)
    session = runtime.InferenceSession(str(file))
    contract = json.loads(session.get_modelmeta().custom_metadata_map["contract"])
    assert contract["sizes"] == SIZES
    assert set(contract["senses"]) == set(SIZES)
    voices = split.test["prosody"]
    count = len(voices.label)
    given = {n: np.zeros((count, size), np.float32) for n, size in SIZES.items()}
    given["prosody"] = voices.vectors
    present = np.tile(np.array([0, 1, 0], np.float32), (count, 1))
    (written,) = session.run(None, {**given, "present": present})
    fitted = make_projector(network)({"prosody": voices})
    assert written == pytest.approx(fitted, abs=1e-5)


def test_pseudo_pairs_have_the_label_wanted():
    label = np.array([0, 1, 1, 2, 2, 2])
    wanted = np.array([2, 0, 1, 2])
    chosen = sample_rows(label, wanted, np.random.default_rng(0))
    assert label[chosen].tolist() == wanted.tolist()


def test_draws_are_balanced_and_leave_out_what_has_no_label():
    label = np.array([0] * 50 + [3] * 5 + [-1] * 9)
    chosen = label[sample_per_label(label, 10, np.random.default_rng(0))]
    assert np.bincount(chosen).tolist() == [10, 0, 0, 5]
