"""How the head is fitted. Needs the extra `train`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.agents.training.prosody.augmented import Added
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.network import Head, Settings, answer, bounded
from affectgraph.agents.training.prosody.speakers import (
    Indices,
    Statistics,
    statistics,
    usual_of_each,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody.baseline import speaker_norms
from affectgraph.tools.prosody.head import SpeakerNorms, population_norms
from affectgraph.tools.prosody.pitch import Array


@dataclass(frozen=True)
class _Material:
    """Recordings as tensors: t of them, s speakers.

    Attributes:
        x: Standardised features of each copy, [t, copies, f].
        y: Probability of each emotion, [t, 7].
        weight: In the loss, [t].
        usual: What is usual for the speaker, [t, 2, f]; none for augmented clips, whose
            speakers are not known.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    usual: Tensor


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
    each, speaker = usual_of_each(voices, train, known)
    emotion = voices.emotion[train]
    groups = np.char.add(voices.corpus[train], emotion.astype(str))
    return _Material(
        torch.tensor((voices.features[train] - known.mean) / known.scale),
        F.one_hot(torch.tensor(emotion), len(BASIC_EMOTIONS)).float(),
        torch.tensor(_balanced(groups, settings.balance)),
        torch.tensor(each[speaker]),
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
        mean, deviation = material.usual[rows].unbind(dim=1)
        version = (version - mean) / deviation
    return bounded(version)


def _balanced(groups: NDArray[Any], balance: float) -> Array:
    """Less weight for what is frequent: each emotion of each corpus is one group."""
    _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
    weight = count[group] ** -balance
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def logits(
    head: Head, features: Array, speaker: SpeakerNorms | None = None
) -> NDArray[np.float64]:
    """Mean log-probabilities of the cold ensemble or, with a speaker, of both."""
    with torch.no_grad():
        normal = head.normal(torch.tensor(features))
        scores = answer(head.cold, normal)
        if speaker is not None:
            mean, deviation = torch.tensor(speaker.voice)
            known = answer(head.warm, (normal - mean) / deviation)
            scores = scores + speaker.trust * (known - scores) / 2
        return np.asarray(scores.numpy(), dtype=np.float64)


def usual_of(head: Head, features: Array) -> SpeakerNorms:
    """What is usual for one speaker whose emotions are not known."""
    anybody = torch.tensor(population_norms(features.shape[1]))
    with torch.no_grad():
        _, _, *told = head(torch.tensor(features), anybody, torch.zeros(1))
    return speaker_norms(*(output.numpy() for output in told))
