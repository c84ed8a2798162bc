"""Learning to read windows: photographs that are made to move and to speak."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from affectgraph.agents.training.face.mesh import MIRRORED
from affectgraph.agents.training.face.network import (
    ExpressionNetwork,
    WindowNetwork,
)
from affectgraph.agents.training.face.speech import Speech, Still
from affectgraph.tools.face import window

EPOCHS = 16
RATE = 2e-3
_BATCH = 256
_TALK = 0.75
_LOOKS = (3, 5, 8, 12, 20, 30)

# Rare classes count (frequency)^-0.3 as much: between plain and fully balanced.
BALANCE = 0.3

Array = NDArray[np.float32]


@dataclass(frozen=True)
class VoteHead:
    """The picture network's last layer, from embeddings to votes.

    Attributes:
        weight: float32 [e, 8].
        bias: float32 [8].
    """

    weight: Array
    bias: Array

    @classmethod
    def of(cls, network: ExpressionNetwork) -> "VoteHead":
        """That of a trained picture network."""
        weight = network.votes.weight.detach().numpy().T.copy()
        return cls(weight, network.votes.bias.detach().numpy())

    def __call__(self, embeddings: Array) -> Array:
        """Logits [..., 8] of embeddings [..., e]."""
        result: Array = embeddings @ self.weight + self.bias
        return result


def stills(faces: Still, head: VoteHead) -> Array:
    """Photographs as windows of one look, [n, d]."""
    return window.batch_statistics(
        head(faces.embeddings)[:, None],
        faces.movements[:, None],
        faces.embeddings[:, None],
    )


def moving(
    faces: Still,
    speech: Speech,
    head: VoteHead,
    looks: int,
    chance: np.random.Generator,
    *,
    talk: float = 1.0,
    known: float = 0.0,
) -> Array:
    """Photographs made to move as windows [n, d]; so far known what they usually do."""
    movements, embeddings, offset, embedding_offset = speech(
        faces, looks, chance, talk=talk
    )
    windows = window.batch_statistics(head(embeddings), movements, embeddings)
    votes = embedding_offset @ head.weight
    parts = [votes, votes, offset, offset, np.zeros_like(offset), embedding_offset]
    windows[:, :-1] -= known * np.concatenate(parts, axis=1)
    return windows


def fit(faces: Still, speech: Speech, head: VoteHead, *, seed: int) -> WindowNetwork:
    """Learn; each batch is windows of one length."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    some = faces.take(chance.permutation(len(faces.votes))[:2000])
    examples = np.concatenate(
        [moving(some, speech, head, looks, chance, talk=_TALK) for looks in _LOOKS]
    )
    network = WindowNetwork(examples.mean(axis=0), examples.std(axis=0))
    votes = torch.from_numpy(faces.votes)
    weight = votes.sum(0).pow(-BALANCE)
    weight = weight * votes.sum() / (weight * votes.sum(0)).sum()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    steps = EPOCHS * (len(faces.votes) // _BATCH)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1.0 - step / steps)
        index = chance.integers(0, len(faces.votes), _BATCH)
        batch = _batch(faces.take(index), speech, head, chance)
        if chance.random() < 0.5:
            batch = window.mirrored(batch, MIRRORED)
        log_shares = network(torch.from_numpy(batch)).log_softmax(1)
        loss = -(votes[index] * weight * log_shares).sum() / _BATCH
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    return network


def _batch(
    faces: Still, speech: Speech, head: VoteHead, chance: np.random.Generator
) -> Array:
    known = chance.uniform(0.3, 1.0) if chance.random() < 0.5 else 0.0
    looks = int(chance.choice(_LOOKS))
    return moving(faces, speech, head, looks, chance, talk=_TALK, known=known)
