"""Fitting of the head. Needs the extra `train`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.agents.training.prosody.augmented import AugmentedVoices
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.network import (
    Head,
    HeadSettings,
    clip_outliers,
)
from affectgraph.agents.training.prosody.speakers import (
    Indices,
    SpeakerStatistics,
    speaker_baselines,
    speaker_statistics,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody.baseline import speaker_norms
from affectgraph.tools.prosody.head import SpeakerNorms, population_norms
from affectgraph.tools.prosody.pitch import Array


@dataclass(frozen=True)
class _TrainingSet:
    """The t training recordings as tensors.

    Attributes:
        x: Standardised features of each copy, [t, copies, f].
        y: Probability of each emotion, [t, 7].
        weight: In the loss, [t].
        baseline: Of the speaker, [t, 2, f]; empty with augmented clips, whose speakers
            are unknown.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    baseline: Tensor


def fit(
    voices: Voices,
    train: Indices,
    settings: HeadSettings,
    seed: int,
    *,
    cold_only: bool = False,
    more: AugmentedVoices | None = None,
) -> Head:
    """Fit a head; each member of its ensembles sees the recordings in another order.

    Args:
        voices: All recordings.
        train: Indices of the training recordings.
        settings: Of the head.
        seed: Of initial weights and order.
        cold_only: Do not fit the ensemble for known speakers.
        more: Augmented clips, for the ensemble for any voice.
    """
    statistics = speaker_statistics(voices, train)
    head = Head(statistics, settings)
    training = _training_set(voices, train, statistics, settings)
    cold_training = training
    if more is not None:
        cold_training = _with_augmented(training, more, statistics, settings)
    for ensemble in (head.cold,) if cold_only else (head.cold, head.warm):
        for number, member in enumerate(ensemble.children()):
            torch.manual_seed(1000 * seed + number)
            for layer in member.children():
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()
            if ensemble is head.cold:
                _fit_member(member, cold_training, settings, known=False)
            else:
                _fit_member(member, training, settings, known=True)
    head.eval()
    return head


def _training_set(
    voices: Voices,
    train: Indices,
    statistics: SpeakerStatistics,
    settings: HeadSettings,
) -> _TrainingSet:
    baselines, speaker = speaker_baselines(voices, train, statistics)
    emotion = voices.emotion[train]
    groups = np.char.add(voices.corpus[train], emotion.astype(str))
    return _TrainingSet(
        torch.tensor((voices.features[train] - statistics.mean) / statistics.scale),
        F.one_hot(torch.tensor(emotion), len(BASIC_EMOTIONS)).float(),
        torch.tensor(_group_weights(groups, settings.balance)),
        torch.tensor(baselines[speaker]),
    )


def _with_augmented(
    training: _TrainingSet,
    more: AugmentedVoices,
    statistics: SpeakerStatistics,
    settings: HeadSettings,
) -> _TrainingSet:
    """Join labelled recordings and augmented clips, without speaker baselines."""
    balanced = _group_weights(more.target.argmax(axis=1), settings.balance)
    x = torch.tensor((more.features - statistics.mean) / statistics.scale)
    return _TrainingSet(
        torch.cat([training.x, x]),
        torch.cat([training.y, torch.tensor(more.target)]),
        torch.cat([training.weight, torch.tensor(balanced * more.weight)]),
        torch.zeros(0),
    )


def _fit_member(
    member: nn.Module, training: _TrainingSet, settings: HeadSettings, *, known: bool
) -> None:
    optimizer = torch.optim.AdamW(member.parameters(), weight_decay=settings.decay)
    steps = settings.epochs * -(-len(training.y) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, steps)
    member.train()
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(training.y)).split(settings.batch):
            losses = F.cross_entropy(
                member(_sample_copies(training, rows, settings, known=known)),
                training.y[rows],
                reduction="none",
                label_smoothing=settings.smoothing,
            )
            weight = training.weight[rows]
            optimizer.zero_grad()
            ((losses * weight).sum() / weight.sum()).backward()
            optimizer.step()
            schedule.step()


def _sample_copies(
    training: _TrainingSet, rows: Tensor, settings: HeadSettings, *, known: bool
) -> Tensor:
    """Choose clean or distorted copies; known speakers relative to their baseline."""
    copy = torch.randint(1, training.x.shape[1], (len(rows),))
    copy[torch.rand(len(rows)) >= settings.disturbed] = 0
    features = training.x[rows, copy]
    if known:
        mean, deviation = training.baseline[rows].unbind(dim=1)
        features = (features - mean) / deviation
    return clip_outliers(features)


def _group_weights(groups: NDArray[Any], balance: float) -> Array:
    """Weight down frequent groups, each emotion of each corpus being one."""
    _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
    weight = count[group] ** -balance
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def logits(
    head: Head, features: Array, speaker: SpeakerNorms | None = None
) -> NDArray[np.float64]:
    """Return mean log-probabilities of the cold ensemble; with a speaker, of both."""
    with torch.no_grad():
        normal = head.normal(torch.tensor(features))
        scores = head.log_probabilities(head.cold, normal)
        if speaker is not None:
            mean, deviation = torch.tensor(speaker.voice)
            known = head.log_probabilities(head.warm, (normal - mean) / deviation)
            scores = scores + speaker.trust * (known - scores) / 2
        return np.asarray(scores.numpy(), dtype=np.float64)


def speaker_baseline(head: Head, features: Array) -> SpeakerNorms:
    """Return the baseline of a speaker from features with unknown emotions."""
    anybody = torch.tensor(population_norms(features.shape[1]))
    with torch.no_grad():
        _, _, *outputs = head(torch.tensor(features), anybody, torch.zeros(1))
    return speaker_norms(*(output.numpy() for output in outputs))
