"""How the head is fitted. Needs the extra `train`."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.tools.prosody.baseline import shrunken
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.training_features import Voices
from affectgraph.tools.prosody.training_network import Head, Settings
from affectgraph.tools.prosody.training_speakers import (
    Indices,
    offsets,
    statistics,
)


@dataclass(frozen=True)
class _Material:
    """Recordings as tensors: t of them, s speakers.

    Attributes:
        x: Standardised features of each copy, [t, copies, f].
        y: Emotion, [t].
        weight: In the loss, [t].
        usual: Of each speaker, beside emotion and standardised, [s, f].
        speaker: Row in `usual`, [t].
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    usual: Tensor
    speaker: Tensor


def fit(
    voices: Voices,
    train: Indices,
    settings: Settings,
    seed: int,
    *,
    cold_only: bool = False,
) -> Head:
    """Fit a head on some of the recordings, each seed and member in its own order.

    With `cold_only`, the ensemble for known speakers stays as it is.
    """
    known = statistics(voices, train)
    head = Head(known, settings)
    usual, speaker = offsets(voices, train, known)
    material = _Material(
        torch.tensor((voices.features[train] - known.mean) / known.scale),
        torch.tensor(voices.emotion[train]),
        torch.tensor(_weights(voices, train, settings.balance)),
        torch.tensor(usual / known.scale),
        torch.tensor(speaker),
    )
    for ensemble in (head.cold,) if cold_only else (head.cold, head.warm):
        for number, member in enumerate(ensemble.children()):
            torch.manual_seed(1000 * seed + number)
            for layer in member.children():
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()
            _fit_member(member, material, settings, known=ensemble is head.warm)
    head.eval()
    return head


def _fit_member(
    member: nn.Module, material: _Material, settings: Settings, *, known: bool
) -> None:
    optimizer = torch.optim.AdamW(member.parameters(), weight_decay=settings.decay)
    steps = settings.epochs * -(-len(material.y) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, steps)
    member.train()
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(material.y)).split(settings.batch):
            losses = F.cross_entropy(
                member(_version(material, rows, settings, known=known)),
                material.y[rows],
                reduction="none",
                label_smoothing=settings.smoothing,
            )
            weight = material.weight[rows]
            optimizer.zero_grad()
            ((losses * weight).sum() / weight.sum()).backward()
            optimizer.step()
            schedule.step()


def _version(
    material: _Material, rows: Tensor, settings: Settings, *, known: bool
) -> Tensor:
    """Clean or disturbed copies; for the known ensemble less what is usual."""
    copy = torch.randint(1, material.x.shape[1], (len(rows),))
    copy[torch.rand(len(rows)) >= settings.disturbed] = 0
    version = material.x[rows, copy]
    if known:
        version = version - material.usual[material.speaker[rows]]
    return version.clamp(-5.0, 5.0)


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
