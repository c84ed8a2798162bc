"""Training recipe of the geometry network, which learns from a face mesh.

`python -m affectgraph.agents.training.face.geometry DATA TEACHER.npz OUT`, where
`training_teacher.py` wrote TEACHER.npz; about six minutes of one core.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from affectgraph.agents.training.face.data import (
    Faces,
    as_array,
    as_input,
    augment,
    fresh,
    read,
)
from affectgraph.agents.training.face.export import write_contract, write_plain
from affectgraph.agents.training.face.network import GeometryNetwork
from affectgraph.tools.face.geometry import GEOMETRY, MEASURES

EPOCHS = 20
RATE = 2e-3
_BATCH = 128

Array = NDArray[np.float32]


def train(data: Path, teacher: Path, out: Path, *, seed: int = 0) -> None:
    """Learn the measures of `MEASURES` and print how well they agree with the mesh.

    Args:
        data: Folder of the shared data layout.
        teacher: What `training_teacher.teach` wrote.
        out: Folder to write `face-geometry.onnx` to.
        seed: Of everything random.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    held, held_truth = _pairs(data, teacher, "validation")
    faces, truth = _pairs(data, teacher, "train", seen=held)
    network = GeometryNetwork(truth.mean(0), truth.std(0))
    _fit(network, faces, truth, torch.Generator().manual_seed(seed))
    out.mkdir(parents=True, exist_ok=True)
    file = out / GEOMETRY
    write_plain(network.eval(), as_array(faces.take(np.arange(2))), ["measures"], file)
    with torch.no_grad():
        answers = network(torch.from_numpy(as_array(held))).numpy()
    write_contract(file, {"population": _population(answers)})
    for number, name in enumerate(MEASURES):
        alike = np.corrcoef(answers[:, number], held_truth[:, number])[0, 1]
        print(
            f"{name}: correlation with the mesh {alike:.2f} on {len(held_truth)} faces"
        )


def _pairs(
    data: Path, teacher: Path, split: str, seen: Faces | None = None
) -> tuple[Faces, Array]:
    everything = read(data / "faces" / f"fer2013_{split}.npz")
    with np.load(teacher, allow_pickle=False) as file:
        truth = file[split]
    index = fresh(everything, seen)
    index = index[np.isfinite(truth[index]).all(1)]
    return everything.take(index), truth[index]


def _fit(
    network: GeometryNetwork, faces: Faces, truth: Array, chance: torch.Generator
) -> None:
    goal = torch.from_numpy(truth)
    spread = goal.std(0)
    steps = len(goal) // _BATCH
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, EPOCHS * steps)
    for _ in range(EPOCHS):
        for index in torch.randperm(len(goal), generator=chance).split(_BATCH)[:steps]:
            batch = augment(as_input(faces, index), chance)
            with torch.autocast("cpu", torch.bfloat16):
                answer = network(batch)
            loss = functional.smooth_l1_loss(answer / spread, goal[index] / spread)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def _population(answers: Array) -> dict[str, Any]:
    return {
        name: {
            "low": round(float(np.quantile(series, 0.1)), 4),
            "middle": round(float(np.median(series)), 4),
            "high": round(float(np.quantile(series, 0.9)), 4),
            "spread": round(float(series.std()), 4),
        }
        for name, series in zip(MEASURES, answers.T, strict=True)
    }


if __name__ == "__main__":
    train(*(Path(argument) for argument in sys.argv[1:4]))
