"""Recipe of the affect space: `affectgraph train space --data DIR --out DIR`.

No corpus at hand has faces, voices and words of the same moment, so it learns from
pseudo-pairs: a face, a voice and a comment that have nothing in common but their label.
Deterministic by seed, one thread; three minutes, most of them for the vectors, which
are kept in the folder for the next run.
"""

import json
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectgraph.agents.training.affect_space.data import (
    WEIGHTS,
    SenseVectors,
    VectorSplit,
    load_vectors,
)
from affectgraph.agents.training.affect_space.figures import (
    Vectors,
    figures_table,
    measure_spaces,
    unit_vectors,
)
from affectgraph.agents.training.affect_space.network import DIMENSION, Projection
from affectgraph.memory.representation.affect import NETWORK
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_write
from affectgraph.tools.weights import onnx as networks

_STEPS = 400
_BATCH = 128
_RATE = 2e-3
_DECAY = 1e-2
_BACKGROUND = 50


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Write `affect-space.onnx` for the sense weights at hand, and print its figures.

    Args:
        data: A folder in the shared layout.
        out: Where the file goes, and where voices were kept by the prosody recipe.
        seed: Of everything random.
    """
    torch.set_num_threads(1)
    unheard = load_vectors(data, out, seed=seed, heard=False)
    print("Voices read by a head that has not heard their speakers:\n")
    print(
        figures_table(
            measure_spaces(
                unheard, {"affect space": make_projector(fit(unheard, seed))}
            )
        )
    )
    split = load_vectors(data, out, seed=seed)
    network = fit(split, seed)
    print("\nThe file written, whose prosody head has heard every speaker:\n")
    print(
        figures_table(measure_spaces(split, {"affect space": make_projector(network)}))
    )
    export(network, split, out / NETWORK)


def fit(split: VectorSplit, seed: int, *, steps: int = _STEPS) -> Projection:
    """Fit the network on what is to be learned from."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    learned = {name: torch.tensor(m.vectors) for name, m in split.learned.items()}
    network = Projection(learned)
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    network.train()
    for _ in range(steps):
        label = chance.integers(0, len(BASIC_EMOTIONS), _BATCH)
        takes = [
            learned[name][sample_rows(material.label, label, chance)]
            for name, material in split.learned.items()
        ]
        views = [network(*takes, mask) for mask in _masks(len(takes), chance)]
        optimizer.zero_grad()
        network.loss(views, torch.tensor(label)).backward()
        optimizer.step()
        schedule.step()
    network.eval()
    return network


def _masks(modalities: int, chance: np.random.Generator) -> list[Tensor]:
    """Each modality alone, and any set of them: modality dropout."""
    alone = torch.eye(modalities)
    sets = [
        alone[list(chosen)].sum(0)
        for size in range(2, modalities + 1)
        for chosen in combinations(range(modalities), size)
    ]
    some = torch.stack([*alone, *sets])
    drawn = some[chance.integers(0, len(some), _BATCH)]
    return [*(one.repeat(_BATCH, 1) for one in alone), drawn]


def sample_rows(
    label: NDArray[np.int64], wanted: NDArray[np.int64], chance: np.random.Generator
) -> NDArray[np.int64]:
    """Rows at random that have the labels wanted: one part of pseudo-pairs."""
    rows = np.zeros_like(wanted)
    for emotion in np.unique(wanted):
        places = np.flatnonzero(wanted == emotion)
        rows[places] = chance.choice(np.flatnonzero(label == emotion), len(places))
    return rows


def make_projector(network: Projection) -> Vectors:
    """The network as `measure_spaces` calls it."""

    def project(parts: dict[str, SenseVectors]) -> NDArray[np.float32]:
        (count,) = {len(part.label) for part in parts.values()}
        given = [
            torch.tensor(parts[name].vectors)
            if name in parts
            else torch.zeros(count, len(network.get_buffer(f"{name}_mean")))
            for name in network.names
        ]
        present = torch.tensor([[float(name in parts) for name in network.names]])
        with torch.no_grad():
            projected: NDArray[np.float32] = network(
                *given, present.repeat(count, 1)
            ).numpy()
        return projected

    return project


def mean_background_cosine(material: SenseVectors) -> float:
    """Mean cosine of two vectors of a sense with different labels."""
    some = material.some(_BACKGROUND, np.random.default_rng(0))
    vectors = unit_vectors(some.vectors)
    unlike = some.label[:, None] != some.label
    return round(float((vectors @ vectors.T)[unlike].mean()), 4)


def export(network: Projection, split: VectorSplit, target: Path) -> None:
    """Write it as ONNX, with the hashes of the weights whose vectors it knows."""
    sizes = {name: m.vectors.shape[1] for name, m in split.learned.items()}
    inputs = [*sizes, "present"]
    example = *(torch.ones(2, size) for size in sizes.values()), torch.ones(2, 3)
    contract = {
        "senses": {name: networks.load(WEIGHTS[name]).sha256 for name in sizes},
        "sizes": sizes,
        "backgrounds": {
            name: mean_background_cosine(m) for name, m in split.learned.items()
        },
        "dimension": DIMENSION,
        "input": "vectors as senses keep them [n, size], zeros where absent; present "
        "[n, 3], 1 or 0 in the order of sizes",
    }
    with TemporaryDirectory() as folder:
        whole = Path(folder) / NETWORK
        torch.onnx.export(
            network,
            example,
            str(whole),
            input_names=inputs,
            output_names=["affect"],
            dynamic_axes={name: {0: "clips"} for name in (*inputs, "affect")},
            opset_version=17,
            dynamo=False,
        )
        finished = onnx.load(whole)
    onnx.helper.set_model_props(finished, {"contract": json.dumps(contract)})
    with atomic_write(target) as partial:
        onnx.save(finished, partial)
