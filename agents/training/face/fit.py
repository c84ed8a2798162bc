"""Learning the expression network: votes and labels together."""

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from affectgraph.agents.training.face.data import Faces, as_input, augment
from affectgraph.agents.training.face.network import ExpressionNetwork

BATCH = 128
MOMENTUM = 0.9
DECAY = 5e-4
AVERAGE = 0.999
# Rare classes count (frequency)^-0.3 as much: between plain and fully balanced.
BALANCE = 0.3


@dataclass(frozen=True)
class Phase:
    """One pass of learning from high rate to zero.

    Attributes:
        epochs: Passes over the faces.
        rate: Highest learning rate.
        strength: Of the augmentation.
    """

    epochs: int
    rate: float
    strength: float


# Each phase starts again from the averaged weights of the one before.
PHASES = (
    Phase(24, 0.1, 1.0),
    Phase(8, 0.04, 0.5),
    Phase(10, 0.05, 0.4),
    Phase(48, 0.08, 0.6),
    Phase(5, 0.02, 0.3),
)


def fit(
    faces: Faces, *, seed: int, phases: Sequence[Phase] = PHASES
) -> ExpressionNetwork:
    """Learn votes and labels together; return the moving average of the weights."""
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    network = ExpressionNetwork()
    for number, phase in enumerate(phases):
        network = learn(network, faces, phase, seed=seed + number)
    return network


def learn(
    network: ExpressionNetwork, faces: Faces, phase: Phase, *, seed: int
) -> ExpressionNetwork:
    """One phase, from the network given; return the moving average of the weights."""
    chance = torch.Generator().manual_seed(seed)
    network = network.to(memory_format=torch.channels_last).train()
    average: ExpressionNetwork = copy.deepcopy(network).eval()
    optimizer = torch.optim.SGD(
        network.parameters(), phase.rate, MOMENTUM, weight_decay=DECAY, nesterov=True
    )
    loss = Loss(faces)
    steps = len(faces.labels) // BATCH
    for epoch in range(phase.epochs):
        started, total = time.process_time(), 0.0
        order = torch.randperm(len(faces.labels), generator=chance)
        for step, index in enumerate(order.split(BATCH)[:steps]):
            done = epoch * steps + step
            _set_rate(optimizer, phase.rate, done / (phase.epochs * steps))
            batch = augment(as_input(faces, index), chance, phase.strength)
            with torch.autocast("cpu", torch.bfloat16):
                votes, labels, _ = network(batch)
            value = loss(votes.float(), labels.float(), index)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            _follow(average, network, min(AVERAGE, (done + 1) / (done + 10)))
            total += value.item()
        seconds = time.process_time() - started
        print(f"epoch {epoch + 1} loss {total / steps:.4f} {seconds:.0f} s", flush=True)
    return average


class Loss:
    """Cross-entropy to the shares of votes, plus half that to the label."""

    def __init__(self, faces: Faces) -> None:
        self.votes = torch.from_numpy(faces.votes)
        self.labels = torch.from_numpy(faces.labels)
        self.vote_weight = _balance(self.votes.sum(0))
        labelled = self.labels[self.labels >= 0]
        self.label_weight = _balance(torch.bincount(labelled).float())

    def __call__(self, votes: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """Loss of a batch; `index` says which faces it holds."""
        target = self.votes[index] * self.vote_weight
        voted = -(target * votes.log_softmax(1)).sum() / len(index)
        known = self.labels[index] >= 0
        labelled = functional.cross_entropy(
            labels[known],
            self.labels[index][known],
            self.label_weight,
            label_smoothing=0.1,
        )
        return voted + 0.5 * labelled.nan_to_num() * known.float().mean()


def _balance(counts: Tensor) -> Tensor:
    weight = counts.pow(-BALANCE)
    return weight * counts.sum() / (weight * counts).sum()


def _set_rate(optimizer: torch.optim.Optimizer, rate: float, progress: float) -> None:
    warm = min(1.0, progress / 0.03)
    for group in optimizer.param_groups:
        group["lr"] = rate * warm * 0.5 * (1.0 + math.cos(math.pi * progress))


def _follow(average: torch.nn.Module, network: torch.nn.Module, keep: float) -> None:
    current = network.state_dict()
    with torch.no_grad():
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(current[name], 1.0 - keep)
            else:
                value.copy_(current[name])
