"""Learning the expression network: votes and labels together."""

import copy
import math
import time

import torch
from torch import Tensor
from torch.nn import functional

from affectgraph.tools.face.training_data import Faces, as_input, augment
from affectgraph.tools.face.training_network import ExpressionNetwork

BATCH = 128
RATE = 0.1
DECAY = 5e-4
AVERAGE = 0.999
# Rare classes count (frequency)^-0.3 as much: between plain and fully balanced.
BALANCE = 0.3


def fit(faces: Faces, *, epochs: int, seed: int) -> ExpressionNetwork:
    """Learn votes and labels together; return the moving average of the weights."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    chance = torch.Generator().manual_seed(seed)
    network = ExpressionNetwork().to(memory_format=torch.channels_last)
    average: ExpressionNetwork = copy.deepcopy(network).eval()
    optimizer = torch.optim.SGD(
        network.parameters(), RATE, momentum=0.9, nesterov=True, weight_decay=DECAY
    )
    loss = Loss(faces)
    steps = len(faces.labels) // BATCH
    for epoch in range(epochs):
        started, total = time.process_time(), 0.0
        order = torch.randperm(len(faces.labels), generator=chance)
        for step in range(steps):
            _set_rate(optimizer, (epoch * steps + step) / (epochs * steps))
            index = order[step * BATCH : (step + 1) * BATCH]
            batch = augment(as_input(faces, index), chance)
            with torch.autocast("cpu", torch.bfloat16):
                votes, labels, _ = network(batch)
            value = loss(votes.float(), labels.float(), index)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            done = epoch * steps + step
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
        self.label_weight = _balance(torch.bincount(self.labels).float())

    def __call__(self, votes: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """Loss of a batch; `index` says which faces it holds."""
        target = self.votes[index] * self.vote_weight
        voted = -(target * votes.log_softmax(1)).sum() / len(index)
        labelled = functional.cross_entropy(
            labels, self.labels[index], self.label_weight, label_smoothing=0.1
        )
        return voted + 0.5 * labelled


def _balance(counts: Tensor) -> Tensor:
    weight = counts.pow(-BALANCE)
    return weight * counts.sum() / (weight * counts).sum()


def _set_rate(optimizer: torch.optim.Optimizer, progress: float) -> None:
    warm = min(1.0, progress / 0.03)
    for group in optimizer.param_groups:
        group["lr"] = RATE * warm * 0.5 * (1.0 + math.cos(math.pi * progress))


def _follow(average: torch.nn.Module, network: torch.nn.Module, keep: float) -> None:
    current = network.state_dict()
    with torch.no_grad():
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(current[name], 1.0 - keep)
            else:
                value.copy_(current[name])
