"""The networks of vocal bursts and of kinds of sound. Needs the extra `train`."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.agents.training.prosody.network import HeadSettings, clip_outliers
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.language.vocabulary import to_basic
from affectgraph.tools.prosody.pitch import Array

SETTINGS = HeadSettings(members=3, input_dropout=0.2, epochs=10)


class Classifier(nn.Module):
    """An ensemble of networks with one hidden layer, on standardised features."""

    def __init__(self, features: Array, classes: int, settings: HeadSettings) -> None:
        """Take mean and deviation from the training features, [n, f]."""
        super().__init__()
        self.register_buffer("mean", torch.tensor(features.mean(axis=0)))
        self.register_buffer("scale", torch.tensor(features.std(axis=0) + 1e-6))
        self.register_buffer("temperature", torch.ones(1))
        self.members = nn.ModuleList(
            nn.Sequential(
                nn.Dropout(settings.input_dropout),
                nn.Linear(features.shape[1], settings.hidden),
                nn.GELU(),
                nn.Dropout(settings.dropout),
                nn.Linear(settings.hidden, classes),
            )
            for _ in range(settings.members)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Probability of each class: [n, classes]."""
        z = clip_outliers((features - self.mean) / self.scale)
        answers = [torch.log_softmax(m(z), dim=1) for m in self.members.children()]
        scores = torch.stack(answers).mean(dim=0)
        return torch.softmax(scores / self.get_buffer("temperature"), dim=1)


class BurstNetwork(nn.Module):
    """The words that a burst expresses, and the basic emotions that they belong to."""

    def __init__(self, classifier: Classifier, words: Sequence[str]) -> None:
        """Map each word through the vocabulary."""
        super().__init__()
        self.classifier = classifier
        self.register_buffer("families", torch.tensor(word_families(words)))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Probability of each word, [n, words], and of each basic emotion, [n, 7]."""
        words = self.classifier(features)
        emotions = words @ self.get_buffer("families")
        return words, emotions / emotions.sum(dim=1, keepdim=True)


def word_families(words: Sequence[str]) -> Array:
    """The share of each word in its basic emotion: float32 [words, 7].

    Each basic emotion counts the same, however many of the words belong to it.
    """
    index = [BASIC_EMOTIONS.index(to_basic(word) or "neutral") for word in words]
    members = np.eye(len(BASIC_EMOTIONS), dtype=np.float32)[index]
    return np.asarray(members / np.maximum(members.sum(axis=0), 1.0))


def fit_classifier(
    features: Array,
    label: NDArray[np.int64],
    classes: int,
    seed: int,
    settings: HeadSettings = SETTINGS,
) -> Classifier:
    """Fit an ensemble; rare classes weigh more.

    Args:
        features: float32 [n, f].
        label: Class of each row, [n].
        classes: Number of classes.
        seed: Of initial weights and order.
        settings: Of the ensemble.
    """
    torch.manual_seed(seed)
    network = Classifier(features, classes, settings)
    x = clip_outliers((torch.tensor(features) - network.mean) / network.scale)
    y = torch.tensor(label)
    count = torch.bincount(y, minlength=classes).clamp(min=1)
    weight = count[y].float() ** -settings.balance
    for member in network.members.children():
        _fit_member(member, x, y, weight / weight.mean(), settings)
    network.eval()
    return network


def _fit_member(
    member: nn.Module, x: Tensor, y: Tensor, weight: Tensor, settings: HeadSettings
) -> None:
    optimizer = torch.optim.AdamW(member.parameters(), weight_decay=settings.decay)
    steps = settings.epochs * -(-len(y) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, steps)
    member.train()
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(y)).split(settings.batch):
            losses = F.cross_entropy(
                member(x[rows]),
                y[rows],
                reduction="none",
                label_smoothing=settings.smoothing,
            )
            optimizer.zero_grad()
            (losses * weight[rows]).mean().backward()
            optimizer.step()
            schedule.step()


def predict(network: nn.Module, features: Array) -> NDArray[np.float64]:
    """Probability of each class: [n, classes]."""
    with torch.no_grad():
        return np.asarray(network(torch.tensor(features)).numpy(), dtype=np.float64)
