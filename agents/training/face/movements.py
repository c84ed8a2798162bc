"""Learning the movements of a face, its pose and its landmarks from the teacher."""

import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from affectgraph.agents.training.face.checkpoint import Checkpoint, set_rate
from affectgraph.agents.training.face.data import Faces, as_array
from affectgraph.agents.training.face.mesh import (
    BLENDSHAPES,
    MIRRORED,
    OTHER_SIDE,
    TAUGHT,
)
from affectgraph.agents.training.face.network import (
    DEGREES,
    PIXELS,
    MovementNetwork,
)
from affectgraph.agents.training.face.teacher import PRESENT, TeacherLabels
from affectgraph.agents.training.face.views import Views, framing, views
from affectgraph.tools.face.alignment import SIZE

EPOCHS = 30
RATE = 2e-3
BATCH = 128
_SIDES = (48, 32, 24, 16)
# By how much less faces are changed at the end than at the beginning.
_EASED = 0.6

Array = NDArray[np.float32]


@dataclass(frozen=True)
class _Targets:
    """What the teacher says, as tensors."""

    movements: Tensor
    pose: Tensor
    landmarks: Tensor

    @classmethod
    def of(cls, taught: TeacherLabels) -> "_Targets":
        columns = [BLENDSHAPES.index(name) for name in TAUGHT]
        return cls(
            torch.from_numpy(taught.blendshapes[:, columns]),
            torch.from_numpy(taught.pose),
            torch.from_numpy(taught.landmarks),
        )

    def transformed(self, index: Tensor, batch: Views) -> tuple[Tensor, Tensor, Tensor]:
        """Targets of those faces in those views."""
        flip = batch.mirrored[:, None]
        moves, pose = self.movements[index], self.pose[index].clone()
        moves = torch.where(flip, moves[:, MIRRORED], moves)
        pose[:, 1:] *= 1.0 - 2.0 * batch.mirrored[:, None].float()
        pose[:, 2] += batch.turned
        places = batch.landmarks(self.landmarks[index])
        places = torch.where(flip[..., None], places[:, OTHER_SIDE], places)
        return moves, pose, places


def fit(
    pixels: NDArray[np.uint8],
    taught: TeacherLabels,
    checkpoint: Checkpoint,
    *,
    seed: int,
) -> MovementNetwork:
    """Learn from faces on which the teacher is sure of its mesh.

    Args:
        pixels: uint8 [n, 48, 48].
        taught: What the teacher says about them.
        checkpoint: Where the run is stored, to go on there if it is stopped.
        seed: Of everything random.
    """
    certain = np.flatnonzero(taught.presence > PRESENT)
    pixels, taught = pixels[certain], taught.take(certain)
    targets = _Targets.of(taught)
    roots = targets.movements.sqrt()
    torch.manual_seed(seed)
    network = MovementNetwork(
        roots.mean(0).numpy(), roots.std(0).numpy(), taught.landmarks.mean(0)
    ).to(memory_format=torch.channels_last)
    steps = len(pixels) // BATCH
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.02)
    frames = framing(taught.landmarks)
    for epoch in checkpoint.epochs(EPOCHS, optimizer, network):
        chance = torch.Generator().manual_seed(1000 * seed + epoch)
        torch.manual_seed(1000 * seed + epoch)
        strength = 1.0 - _EASED * epoch / EPOCHS
        started, total = time.process_time(), 0.0
        order = torch.randperm(len(pixels), generator=chance)
        for step, index in enumerate(order.split(BATCH)[:steps]):
            set_rate(optimizer, RATE, (epoch * steps + step + 1) / (EPOCHS * steps))
            faces = torch.from_numpy(pixels[index.numpy()]).float()[:, None] / 255.0
            batch = views(faces, frames[index], chance, strength)
            loss = _loss(network, batch, *targets.transformed(index, batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        seconds = time.process_time() - started
        print(f"movements {epoch + 1} {total / steps:.4f} {seconds:.0f} s", flush=True)
    trained: MovementNetwork = network.eval()
    return trained


def _loss(
    network: MovementNetwork, batch: Views, moves: Tensor, pose: Tensor, places: Tensor
) -> Tensor:
    faces = batch.faces.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        predicted, predicted_pose, predicted_marks = network.raw(faces)
    roots = (moves.sqrt() - network.usual) / network.spread
    marks = (places.flatten(1) - network.places) / PIXELS
    return (
        functional.smooth_l1_loss(predicted, roots)
        + 0.5 * functional.smooth_l1_loss(predicted_pose, pose / DEGREES)
        + 0.5 * functional.smooth_l1_loss(predicted_marks, marks)
    )


def read(network: nn.Module, faces: Array) -> tuple[Array, Array, Array]:
    """Movements, pose and landmarks of faces [n, 1, 48, 48], mirror images averaged."""
    rows = []
    with torch.no_grad():
        for part in torch.from_numpy(faces).split(256):
            plain, other = network(part), network(part.flip(3))
            rows.append(
                (
                    (plain[0] + other[0][:, MIRRORED]) / 2,
                    (plain[1] + other[1] * torch.tensor([1.0, -1.0, -1.0])) / 2,
                    plain[2],
                )
            )
    moves, pose, places = (torch.cat(part).numpy() for part in zip(*rows, strict=True))
    return moves, pose, places


def agreement(
    network: MovementNetwork, faces: Faces, taught: TeacherLabels
) -> tuple[str, Array]:
    """Correlation with the teacher, as lines of the card and [m] for faces as they are.

    Args:
        network: Trained.
        faces: Not learned from.
        taught: What the teacher says about them, enlarged as they are.
    """
    certain = np.flatnonzero(taught.presence > PRESENT)
    faces, taught = faces.take(certain), taught.take(certain)
    targets = _Targets.of(taught)
    truth = np.concatenate([targets.movements.numpy(), taught.pose], axis=1)
    columns, off = {}, ""
    for side in _SIDES:
        moves, pose, places = read(network, as_array(_small(faces, side)))
        predicted = np.concatenate([moves, pose], axis=1)
        columns[side] = np.array(
            [np.corrcoef(a, b)[0, 1] for a, b in zip(predicted.T, truth.T, strict=True)]
        )
        if side == SIZE:
            gap = np.abs(pose - taught.pose).mean(axis=0)
            near = np.abs(places - taught.landmarks).mean()
            off = f"  mean error: pose {gap.round(1).tolist()} degrees, "
            off += f"landmarks {near:.2f} px"
    names = [*TAUGHT, "pitch", "yaw", "roll"]
    lines = [
        f"  {name} " + " ".join(f"{columns[side][row]:.2f}" for side in _SIDES)
        for row, name in enumerate(names)
    ]
    title = f"correlation with the teacher, n = {len(certain)}, faces of {_SIDES} px"
    return "\n".join([title, *lines, off]), columns[SIZE][: len(TAUGHT)]


def population(network: MovementNetwork, faces: Array, agreed: Array) -> dict[str, Any]:
    """What is usual among photographs [n, 1, 48, 48], movement by movement."""
    moves = read(network, faces)[0]
    return {
        name: {
            "low": round(float(np.quantile(series, 0.1)), 4),
            "middle": round(float(np.median(series)), 4),
            "high": round(float(np.quantile(series, 0.9)), 4),
            "spread": round(float(series.std()), 4),
            "agreement": round(float(alike), 3),
        }
        for name, series, alike in zip(TAUGHT, moves.T, agreed, strict=True)
    }


def _small(faces: Faces, side: int) -> Faces:
    """Faces as they are when they are so small in the picture."""
    if side == SIZE:
        return faces
    pixels = [
        cv2.resize(
            cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), (SIZE, SIZE)
        )
        for face in faces.pixels
    ]
    return Faces(np.stack(pixels), faces.labels, faces.votes)
