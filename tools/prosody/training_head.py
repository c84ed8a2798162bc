"""How the head is fitted. Needs the extra `train`."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.speaker import shrunken
from affectgraph.tools.prosody.training_features import Voices
from affectgraph.tools.prosody.training_network import Head, Settings
from affectgraph.tools.prosody.training_speakers import (
    Indices,
    offsets,
    statistics,
)


def fit(voices: Voices, train: Indices, settings: Settings, seed: int) -> Head:
    """Fit a head on some of the recordings, each seed and member in its own order."""
    known = statistics(voices, train)
    head = Head(known, settings)
    speaker = offsets(voices, train, known)
    for ensemble, moved in ((head.cold, np.zeros_like(speaker)), (head.warm, speaker)):
        for number, member in enumerate(ensemble.children()):
            torch.manual_seed(1000 * seed + number)
            for layer in member.children():
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()
            _fit_member(head, member, voices, train, moved, settings)
    head.eval()
    return head


def _fit_member(
    head: Head,
    member: nn.Module,
    voices: Voices,
    train: Indices,
    moved: Array,
    settings: Settings,
) -> None:
    versions = [
        head.normal(torch.tensor(voices.features[train, copy] - moved))
        for copy in range(voices.features.shape[1])
    ]
    x = torch.stack(versions, dim=1)
    y = torch.tensor(voices.emotion[train])
    weight = torch.tensor(_weights(voices, train, settings.balance))
    optimizer = torch.optim.AdamW(member.parameters(), weight_decay=settings.decay)
    steps = settings.epochs * -(-len(y) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, steps)
    member.train()
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(y)).split(settings.batch):
            copy = torch.randint(1, x.shape[1], (len(rows),))
            copy[torch.rand(len(rows)) >= settings.disturbed] = 0
            losses = nn.functional.cross_entropy(
                member(x[rows, copy]),
                y[rows],
                reduction="none",
                label_smoothing=settings.smoothing,
            )
            optimizer.zero_grad()
            ((losses * weight[rows]).sum() / weight[rows].sum()).backward()
            optimizer.step()
            schedule.step()


def _weights(voices: Voices, train: Indices, balance: float) -> Array:
    """Less weight for what is frequent: each emotion of each corpus is one group."""
    groups = np.char.add(voices.corpus[train], voices.emotion[train].astype(str))
    _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
    weight = count[group] ** -balance
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def logits(
    head: Head, features: Array, speaker: Array | None = None
) -> NDArray[np.float64]:
    """Mean log-probabilities of the cold or, with a speaker, the known ensemble."""
    with torch.no_grad():
        x = torch.tensor(features)
        cold = head.answer(head.cold, x)
        if speaker is not None:
            cold = (cold + head.answer(head.warm, x - torch.tensor(speaker))) / 2
        return np.asarray(cold.numpy(), dtype=np.float64)


def offset_of(head: Head, features: Array) -> Array:
    """What is usual for one speaker whose emotions are not known: float32 [f]."""
    with torch.no_grad():
        nobody = torch.zeros(1, features.shape[1])
        beside = head(torch.tensor(features), nobody, torch.zeros(1))[3]
    return shrunken(beside.numpy())
