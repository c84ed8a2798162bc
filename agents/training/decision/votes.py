"""How people integrate: from what a face and a voice say alone to what both say.

CREMA-D (Cao et al. 2014, "CREMA-D: Crowd-sourced emotional multimodal actors dataset",
IEEE Transactions on Affective Computing 5): about ten people only heard a take, ten
only saw it, and ten did both. Models are compared by log loss on held-out actors.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from affectgraph.agents.evaluation.bootstrap import mean_interval
from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.decision.softmax_fit import (
    fit_softmax,
    soft_log_loss,
)
from affectgraph.graphs.verdict.pooling import PSEUDO_VOTE
from affectgraph.tools.emotions import BASIC_EMOTIONS

Floats = NDArray[np.float64]

# In CREMA-D nobody could vote for surprise.
VOTED = BASIC_EMOTIONS[:-1]
_FOLDS = 5
_HIDDEN, _EPOCHS, _BATCH, _MEMBERS = 16, 40, 256, 2


@dataclass(frozen=True)
class PeopleVotes:
    """Votes about n takes, as shares of the six emotions, [n, 6].

    Attributes:
        voice: Of people who only heard.
        face: Of people who only saw.
        both: Of people who heard and saw.
        actor: [n].
    """

    voice: Floats
    face: Floats
    both: Floats
    actor: NDArray[np.str_]

    @property
    def conflict(self) -> NDArray[np.bool_]:
        """Whether the most frequent votes on face and voice differ."""
        return np.asarray(self.voice.argmax(axis=1) != self.face.argmax(axis=1))

    def folds(self) -> NDArray[np.int64]:
        """Fold of each take; all takes of an actor are in one."""
        names, actor = np.unique(self.actor, return_inverse=True)
        fold = np.random.default_rng(0).permutation(len(names)) % _FOLDS
        result: NDArray[np.int64] = fold[actor]
        return result


def read_votes(data: Path) -> PeopleVotes:
    """Read the votes of the shared data layout."""
    file = data / "crema_votes" / "votes.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    def shares(channel: str) -> Floats:
        counts = np.array(
            [[float(r[f"{channel}_{emotion}"]) for emotion in VOTED] for r in rows]
        )
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))

    actors = np.array([row["actor"] for row in rows])
    return PeopleVotes(shares("voice"), shares("face"), shares("both"), actors)


def evidence(shares: Floats) -> Floats:
    """What a vote adds to the pool, before trust: log-odds [n, classes]."""
    logs = np.log(shares + PSEUDO_VOTE)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def trust_by_emotion(votes: PeopleVotes) -> dict[str, dict[str, float]]:
    """Fit the trust in each emotion of each channel, on all actors.

    Without a prior: how often these actors showed an emotion says nothing of other
    clips. Surprise, which nobody could vote for, gets the mean trust.

    Returns:
        Modality to emotion to trust.
    """
    fitted = fit_softmax(_by_emotion(votes), votes.both)
    trust = {}
    for number, modality in enumerate(("prosody", "face")):
        values = fitted[number * len(VOTED) :][: len(VOTED)]
        trust[modality] = dict(zip(VOTED, values.tolist(), strict=True))
        trust[modality]["surprise"] = float(values.mean())
    return trust


def compare_models(votes: PeopleVotes) -> dict[str, Floats]:
    """Predict the votes on both by each model, on held-out actors: [n, 6].

    Models are in order of their number of parameters.
    """
    voice, face = evidence(votes.voice), evidence(votes.face)
    designs: dict[str, Callable[[], Floats]] = {
        "equal log pool": lambda: _stack(voice + face),
        "weighted log pool": lambda: _stack(voice, face),
        "weighted, with prior": lambda: _with_prior(_stack(voice, face)),
        "weighted, with prior and sharpness": lambda: _with_prior(
            _stack(voice, face, _by_sharpness(voice), _by_sharpness(face))
        ),
        "trust by emotion": lambda: _by_emotion(votes),
        "trust by emotion, with prior": lambda: _with_prior(_by_emotion(votes)),
        "bilinear": lambda: _with_prior(
            np.concatenate([_outer(voice), _outer(face)], axis=2)
        ),
    }
    fold = votes.folds()
    predictions = {}
    for name, design in designs.items():
        features, shares = design(), np.zeros_like(votes.both)
        for test in range(_FOLDS):
            train = fold != test
            fitted = fit_softmax(features[train], votes.both[train])
            shares[~train] = softmax(features[~train] @ fitted)
        predictions[name] = shares
    predictions["small network"] = _network(votes, fold)
    return predictions


def print_comparison(votes: PeopleVotes) -> None:
    """Print log loss, with interval by actor, and accuracy of every model."""
    truth, conflict = votes.both.argmax(axis=1), votes.conflict
    channels = {"voice alone": votes.voice, "face alone": votes.face}
    print(f"{len(truth)} takes, {conflict.mean():.2f} of them in conflict")
    for name, shares in (channels | compare_models(votes)).items():
        loss = mean_interval(soft_log_loss(shares, votes.both), list(votes.actor))
        right = shares.argmax(axis=1) == truth
        print(
            f"{name}: log loss {loss}, accuracy {right.mean():.3f}, in conflict "
            f"{right[conflict].mean():.3f}"
        )


def _stack(*columns: Floats) -> Floats:
    return np.stack(columns, axis=2)


def _with_prior(features: Floats) -> Floats:
    n, classes, _ = features.shape
    prior = np.broadcast_to(np.eye(classes), (n, classes, classes))
    return np.concatenate([features, prior], axis=2)


def _by_sharpness(channel: Floats) -> Floats:
    return np.asarray(channel * channel.max(axis=1, keepdims=True))


def _by_emotion(votes: PeopleVotes) -> Floats:
    channels = [evidence(votes.voice), evidence(votes.face)]
    diagonal = [np.eye(len(VOTED)) * channel[:, None] for channel in channels]
    return np.concatenate(diagonal, axis=2)


def _outer(channel: Floats) -> Floats:
    n, classes = channel.shape
    features = np.zeros((n, classes, classes, classes))
    for emotion in range(classes):
        features[:, emotion, emotion] = channel
    return features.reshape(n, classes, -1)


def _network(votes: PeopleVotes, fold: NDArray[np.int64]) -> Floats:
    """Predictions of a small network with a linear part, on held-out actors."""
    channels = [evidence(votes.voice), evidence(votes.face), votes.voice, votes.face]
    inputs = torch.tensor(np.concatenate(channels, axis=1), dtype=torch.float32)
    targets = torch.tensor(votes.both, dtype=torch.float32)
    shares = np.zeros_like(votes.both)
    for test in range(_FOLDS):
        train = torch.tensor(np.flatnonzero(fold != test))
        for member in range(_MEMBERS):
            torch.manual_seed(member)
            network = _Residual(inputs.shape[1], len(VOTED))
            _train(network, inputs[train], targets[train])
            with torch.no_grad():
                scores = network(inputs[fold == test]).softmax(dim=1)
            shares[fold == test] += scores.numpy() / _MEMBERS
    return shares


class _Residual(nn.Module):
    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, classes)
        self.hidden = nn.Sequential(
            nn.Linear(width, _HIDDEN),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Linear(_HIDDEN, classes),
        )

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.linear(inputs) + self.hidden(inputs)
        return scores


def _train(network: nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> None:
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.01)
    for _ in range(_EPOCHS):
        for rows in torch.randperm(len(inputs)).split(_BATCH):
            loss = nn.functional.cross_entropy(network(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    network.eval()
