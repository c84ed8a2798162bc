"""Recipe of the affect space: `affectgraph train space --data DIR --out DIR`.

No available corpus has faces, voices and words of the same moment, so it is fitted on
pseudo-pairs: a face, a voice and a comment that share only their label. It runs on one
thread, deterministic by seed, for three minutes; most of the time goes into the
vectors, which are cached in the folder.
"""

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
from affectgraph.agents.training.onnx_files import export_onnx, save_with_contract
from affectgraph.memory.representation.affect import NETWORK
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.weights import onnx as networks

_STEPS = 400
_BATCH = 128
_RATE = 2e-3
_DECAY = 1e-2
_BACKGROUND_CASES = 50


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Write `affect-space.onnx` for the installed sense weights, and print figures.

    Args:
        data: A folder in the shared layout.
        out: Folder of the file, and of the voices cached by the prosody recipe.
        seed: Of everything random.
    """
    torch.set_num_threads(1)
    held_out = load_vectors(data, out, seed=seed, shipped_head=False)
    print("Voices scored by a head not fitted on their speakers:\n")
    print(
        figures_table(
            measure_spaces(
                held_out, {"affect space": make_projector(fit(held_out, seed))}
            )
        )
    )
    split = load_vectors(data, out, seed=seed)
    network = fit(split, seed)
    print("\nThe file written, whose prosody head is fitted on every speaker:\n")
    print(
        figures_table(measure_spaces(split, {"affect space": make_projector(network)}))
    )
    export(network, split, out / NETWORK)


def fit(split: VectorSplit, seed: int, *, steps: int = _STEPS) -> Projection:
    """Fit the network on the training part."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    vectors = {name: torch.tensor(m.vectors) for name, m in split.train.items()}
    network = Projection(vectors)
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    network.train()
    for _ in range(steps):
        label = rng.integers(0, len(BASIC_EMOTIONS), _BATCH)
        takes = [
            vectors[name][sample_rows(material.label, label, rng)]
            for name, material in split.train.items()
        ]
        views = [network(*takes, mask) for mask in _masks(len(takes), rng)]
        optimizer.zero_grad()
        network.loss(views, torch.tensor(label)).backward()
        optimizer.step()
        schedule.step()
    network.eval()
    return network


def _masks(modalities: int, rng: np.random.Generator) -> list[Tensor]:
    """Draw masks: each modality alone, and any set of them (modality dropout)."""
    alone = torch.eye(modalities)
    sets = [
        alone[list(chosen)].sum(0)
        for size in range(2, modalities + 1)
        for chosen in combinations(range(modalities), size)
    ]
    choices = torch.stack([*alone, *sets])
    drawn = choices[rng.integers(0, len(choices), _BATCH)]
    return [*(mask.repeat(_BATCH, 1) for mask in alone), drawn]


def sample_rows(
    label: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw rows with the wanted labels: one part of pseudo-pairs."""
    rows = np.zeros_like(wanted)
    for emotion in np.unique(wanted):
        places = np.flatnonzero(wanted == emotion)
        rows[places] = rng.choice(np.flatnonzero(label == emotion), len(places))
    return rows


def make_projector(network: Projection) -> Vectors:
    """Wrap the network as a function for `measure_spaces`."""

    def project(parts: dict[str, SenseVectors]) -> NDArray[np.float32]:
        (count,) = {len(part.label) for part in parts.values()}
        inputs = [
            torch.tensor(parts[name].vectors)
            if name in parts
            else torch.zeros(count, len(network.get_buffer(f"{name}_mean")))
            for name in network.names
        ]
        present = torch.tensor([[float(name in parts) for name in network.names]])
        with torch.no_grad():
            projected: NDArray[np.float32] = network(
                *inputs, present.repeat(count, 1)
            ).numpy()
        return projected

    return project


def mean_background_cosine(material: SenseVectors) -> float:
    """Return the mean cosine of two vectors of a sense with different labels."""
    sample = material.sample_per_label(_BACKGROUND_CASES, np.random.default_rng(0))
    vectors = unit_vectors(sample.vectors)
    different = sample.label[:, None] != sample.label
    return round(float((vectors @ vectors.T)[different].mean()), 4)


def export(network: Projection, split: VectorSplit, target: Path) -> None:
    """Write the network as ONNX, with hashes of the weights that made its vectors."""
    sizes = {name: m.vectors.shape[1] for name, m in split.train.items()}
    examples = {name: torch.ones(2, size) for name, size in sizes.items()}
    inputs = {**examples, "present": torch.ones(2, 3)}
    contract = {
        "senses": {name: networks.load(WEIGHTS[name]).sha256 for name in sizes},
        "sizes": sizes,
        "backgrounds": {
            name: mean_background_cosine(m) for name, m in split.train.items()
        },
        "dimension": DIMENSION,
        "input": "vectors as senses keep them [n, size], zeros where absent; present "
        "[n, 3], 1 or 0 in the order of sizes",
    }
    with TemporaryDirectory() as folder:
        file = Path(folder) / NETWORK
        export_onnx(
            network,
            inputs,
            ["affect"],
            file,
            dynamic_axes={name: {0: "clips"} for name in (*inputs, "affect")},
        )
        model = onnx.load(file)
    save_with_contract(model, target, contract)
