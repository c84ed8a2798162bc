"""How the head is fitted. Needs the extra `train`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody.baseline import shrunken
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.training_augmented import Added
from affectgraph.tools.prosody.training_features import Voices
from affectgraph.tools.prosody.training_network import Head, Settings
from affectgraph.tools.prosody.training_speakers import (
    Indices,
    Statistics,
    offsets,
    statistics,
)


@dataclass(frozen=True)
class _Material:
    """Recordings as tensors: t of them, s speakers.

    Attributes:
        x: Standardised features of each copy, [t, copies, f].
        y: Probability of each emotion, [t, 7].
        weight: In the loss, [t].
        beside: What is usual for the speaker, beside emotion and standardised, [t, f];
            none for augmented clips, whose speakers are not known.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    beside: Tensor


def fit(
    voices: Voices,
    train: Indices,
    settings: Settings,
    seed: int,
    *,
    cold_only: bool = False,
    more: Added | None = None,
) -> Head:
    """Fit a head on some of the recordings, each seed and member in its own order.

    Args:
        voices: All recordings.
        train: Those to learn from.
        settings: Of the head.
        seed: Of what is random.
        cold_only: Leave the ensemble for known speakers as it is.
        more: Augmented clips, for the ensemble for any voice.
    """
    known = statistics(voices, train)
    head = Head(known, settings)
    material = _material(voices, train, known, settings)
    everything = material if more is None else _joined(material, more, known, settings)
    for ensemble in (head.cold,) if cold_only else (head.cold, head.warm):
        for number, member in enumerate(ensemble.children()):
            torch.manual_seed(1000 * seed + number)
            for layer in member.children():
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()
            if ensemble is head.cold:
                _fit_member(member, everything, settings, known=False)
            else:
                _fit_member(member, material, settings, known=True)
    head.eval()
    return head


def _material(
    voices: Voices, train: Indices, known: Statistics, settings: Settings
) -> _Material:
    usual, speaker = offsets(voices, train, known)
    emotion = voices.emotion[train]
    groups = np.char.add(voices.corpus[train], emotion.astype(str))
    return _Material(
        torch.tensor((voices.features[train] - known.mean) / known.scale),
        F.one_hot(torch.tensor(emotion), len(BASIC_EMOTIONS)).float(),
        torch.tensor(_balanced(groups, settings.balance)),
        torch.tensor((usual / known.scale)[speaker]),
    )


def _joined(
    material: _Material, more: Added, known: Statistics, settings: Settings
) -> _Material:
    """Labelled recordings and augmented clips together, nobody's speaker known."""
    balanced = _balanced(more.target.argmax(axis=1), settings.balance)
    x = torch.tensor((more.features - known.mean) / known.scale)
    return _Material(
        torch.cat([material.x, x]),
        torch.cat([material.y, torch.tensor(more.target)]),
        torch.cat([material.weight, torch.tensor(balanced * more.weight)]),
        torch.zeros(0),
    )


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
        version = version - material.beside[rows]
    return version.clamp(-5.0, 5.0)


def _balanced(groups: NDArray[Any], balance: float) -> Array:
    """Less weight for what is frequent: each emotion of each corpus is one group."""
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
