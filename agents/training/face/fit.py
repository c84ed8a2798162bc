"""Learning the picture network: what people vote who see the face, and nothing else."""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from affectgraph.agents.training.face.checkpoint import Checkpoint, set_rate
from affectgraph.agents.training.face.data import Faces, as_input
from affectgraph.agents.training.face.network import ExpressionNetwork
from affectgraph.agents.training.face.views import views

BATCH = 128
MOMENTUM = 0.9
DECAY = 5e-4
AVERAGE = 0.999
# Rare classes count (frequency)^-0.4 as much: between plain and fully balanced.
BALANCE = 0.4


@dataclass(frozen=True)
class Phase:
    """One pass of learning from high rate to zero.

    Attributes:
        epochs: Passes over the faces.
        rate: Highest learning rate.
        strength: Of the views.
        mixed: Share of each face that is another one, at most (Zhang et al. 2018).
    """

    epochs: int
    rate: float
    strength: float
    mixed: float


# Each phase starts again from the averaged weights of the one before.
PHASES = (Phase(24, 0.1, 1.0, 0.3), Phase(24, 0.08, 0.8, 0.2), Phase(6, 0.02, 0.5, 0.0))


def fit(
    faces: Faces,
    frames: Tensor,
    folder: Path,
    *,
    seed: int,
    phases: Sequence[Phase] = PHASES,
) -> ExpressionNetwork:
    """Learn the votes; return the moving average of the weights.

    Args:
        faces: With votes.
        frames: [n, 2, 3], how each is aligned; see `training_views.framing`.
        folder: Where the run is stored, to go on there if it is stopped.
        seed: Of everything random.
        phases: One after the other.
    """
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    network = ExpressionNetwork()
    for number, phase in enumerate(phases):
        checkpoint = Checkpoint(folder / f"face-votes-{number}.safetensors")
        network = learn(network, faces, frames, phase, checkpoint, seed=seed + number)
    return network


def learn(
    network: ExpressionNetwork,
    faces: Faces,
    frames: Tensor,
    phase: Phase,
    checkpoint: Checkpoint,
    *,
    seed: int,
) -> ExpressionNetwork:
    """One phase, from the network given; return the moving average of the weights."""
    network = network.to(memory_format=torch.channels_last).train()
    average: ExpressionNetwork = copy.deepcopy(network).eval()
    optimizer = torch.optim.SGD(
        network.parameters(), phase.rate, MOMENTUM, weight_decay=DECAY, nesterov=True
    )
    votes = balanced(torch.from_numpy(faces.votes))
    steps = len(votes) // BATCH
    for epoch in checkpoint.epochs(phase.epochs, optimizer, network, average):
        torch.manual_seed(1000 * seed + epoch)
        chance = torch.Generator().manual_seed(1000 * seed + epoch)
        started, total = time.process_time(), 0.0
        order = torch.randperm(len(votes), generator=chance)
        for step, index in enumerate(order.split(BATCH)[:steps]):
            done = epoch * steps + step
            set_rate(optimizer, phase.rate, (done + 1) / (phase.epochs * steps))
            batch = views(as_input(faces, index), frames[index], chance, phase.strength)
            mixed = _mixed(batch.faces, votes[index], chance, phase.mixed)
            total += _step(network, optimizer, *mixed)
            _follow(average, network, min(AVERAGE, (done + 1) / (done + 10)))
        seconds = time.process_time() - started
        print(f"votes {epoch + 1} {total / steps:.4f} {seconds:.0f} s", flush=True)
    return average


def balanced(votes: Tensor) -> Tensor:
    """Shares of votes, rare classes counting more; about one for a face in all."""
    counts = votes.sum(0)
    weight = counts.pow(-BALANCE)
    return votes * weight * counts.sum() / (weight * counts).sum()


def _mixed(
    faces: Tensor, votes: Tensor, chance: torch.Generator, most: float
) -> tuple[Tensor, Tensor]:
    """Each face with up to so much of another one laid over it, and its votes too."""
    share = torch.rand(len(faces), generator=chance) * most
    other = torch.randperm(len(faces), generator=chance)
    each = share.view(-1, 1, 1, 1)
    return (
        faces.lerp(faces[other], each),
        votes.lerp(votes[other], share[:, None]),
    )


def _step(
    network: ExpressionNetwork,
    optimizer: torch.optim.Optimizer,
    faces: Tensor,
    votes: Tensor,
) -> float:
    with torch.autocast("cpu", torch.bfloat16):
        logits, _ = network(faces.contiguous(memory_format=torch.channels_last))
    loss = -(votes * logits.float().log_softmax(1)).sum() / len(faces)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.item())


def _follow(average: torch.nn.Module, network: torch.nn.Module, keep: float) -> None:
    current = network.state_dict()
    with torch.no_grad():
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(current[name], 1.0 - keep)
            else:
                value.copy_(current[name])
