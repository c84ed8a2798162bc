"""The networks of the prosody sense, in torch. Needs the extra `train`."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.agents.training.prosody.speakers import SpeakerStatistics
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody.acoustics import FEATURE_NAMES

_HEAD_SIZE = 64


class WhisperEncoder(nn.Module):
    """The first layers of Whisper's encoder, for spectrograms [1, 80, n]."""

    def __init__(self, variables: dict[str, NDArray[Any]], layers: int) -> None:
        """Take the weights from the variables of a CTranslate2 file."""
        super().__init__()
        self.layers = layers
        for name, value in variables.items():
            if name.startswith("encoder/") and value.ndim:
                key = name.removeprefix("encoder/").replace("/", "_")
                # A convolution [out, in, 3] is stored as a matrix [out, 3 in].
                if value.ndim == 3:
                    value = value.swapaxes(1, 2).reshape(len(value), -1)
                self.register_buffer(key, torch.tensor(value.astype(np.float32)))

    def forward(self, mel: Tensor) -> Tensor:
        """Return the states of every layer: [n / 2, layers, width]."""
        x = F.gelu(self._convolve("conv1", mel.transpose(1, 2), 1))
        x = F.gelu(self._convolve("conv2", x, 2))
        x = x + _positions(x)
        states = []
        for layer in range(self.layers):
            x = x + self._attend(f"layer_{layer}_self_attention", x)
            x = x + self._feed_forward(f"layer_{layer}_ffn", x)
            states.append(x[0])
        return torch.stack(states, dim=1)

    def last(self, state: Tensor) -> Tensor:
        """Apply the normalisation after the last layer."""
        return self._layer_norm("layer_norm", state)

    def _read_pair(self, name: str, first: str, second: str) -> tuple[Tensor, Tensor]:
        return self.get_buffer(f"{name}_{first}"), self.get_buffer(f"{name}_{second}")

    def _layer_norm(self, name: str, x: Tensor) -> Tensor:
        gamma, beta = self._read_pair(name, "gamma", "beta")
        return F.layer_norm(x, gamma.shape, gamma, beta)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, *self._read_pair(name, "weight", "bias"))

    def _convolve(self, name: str, x: Tensor, stride: int) -> Tensor:
        # As one matrix product, which the quantiser supports.
        padded, length = F.pad(x, (0, 0, 1, 1)), x.shape[1]
        taps = [padded[:, tap : tap + length : stride] for tap in range(3)]
        return self._linear(name, torch.cat(taps, dim=-1))

    def _attend(self, name: str, x: Tensor) -> Tensor:
        joined = self._linear(
            f"{name}_linear_0", self._layer_norm(f"{name}_layer_norm", x)
        )
        heads = joined.unflatten(-1, (3, -1, _HEAD_SIZE)).permute(2, 0, 3, 1, 4)
        query, key, value = heads[0], heads[1], heads[2]
        weights = (query @ key.transpose(-1, -2) / _HEAD_SIZE**0.5).softmax(dim=-1)
        attended = (weights @ value).transpose(1, 2).flatten(2)
        return self._linear(f"{name}_linear_1", attended)

    def _feed_forward(self, name: str, x: Tensor) -> Tensor:
        inner = self._linear(
            f"{name}_linear_0", self._layer_norm(f"{name}_layer_norm", x)
        )
        return self._linear(f"{name}_linear_1", F.gelu(inner))


def _positions(x: Tensor) -> Tensor:
    """Return Whisper's sinusoidal positions of the states x [1, m, width]."""
    half = x.shape[-1] // 2
    slowest = torch.arange(half, dtype=torch.float32) * (math.log(10_000) / (half - 1))
    time = torch.ones_like(x[0, :, :1]).cumsum(dim=0) - 1.0
    angle = time * torch.exp(-slowest)
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


@dataclass(frozen=True)
class HeadSettings:
    """Hyperparameters of the head, chosen by leaving out one corpus after another.

    Every other member does without the first `skipped` features: those that are
    measured help with corpora heard, and mislead on others.
    """

    skipped: int = len(FEATURE_NAMES)
    hidden: int = 128
    members: int = 4
    epochs: int = 16
    batch: int = 256
    rate: float = 3e-3
    decay: float = 1e-2
    dropout: float = 0.5
    input_dropout: float = 0.35
    smoothing: float = 0.1
    disturbed: float = 0.0
    balance: float = 0.5


class Head(nn.Module):
    """Two ensembles of small networks: one for any voice, one for a known speaker.

    Inputs are `features` [n, f], `speaker` [2, f] (mean and deviation of the speaker's
    standardised features) and `known` [1] in [0, 1], the weight of that baseline.
    Outputs are the probabilities of the emotions [n, 7], the last hidden layer [n, e],
    the usual pitch in Hz of such a voice when neutral [n], the standardised features
    [n, f], and the features less the effect of the predicted emotion [n, f].
    """

    def __init__(self, statistics: SpeakerStatistics, settings: HeadSettings) -> None:
        """Start with random members and neutral calibration."""
        super().__init__()
        for name, value in vars(statistics).items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32))
        self.register_buffer("temperature", torch.ones(2))
        width = len(statistics.mean)
        self.cold, self.warm = _ensemble(width, settings), _ensemble(width, settings)

    def forward(
        self, features: Tensor, speaker: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Inputs and outputs are described in the class."""
        normal = self.normal(features)
        cold = self.log_probabilities(self.cold, normal)
        warm = self.log_probabilities(self.warm, (normal - speaker[0]) / speaker[1])
        scores = cold + known * (warm - cold) / 2
        temperatures = self.get_buffer("temperature")
        temperature = (1 - known) * temperatures[0] + known * temperatures[1]
        z = clip_outliers(normal)
        members = [m for m in self.cold if isinstance(m, nn.Sequential)]
        hidden = torch.cat([member[:-2](z) for member in members], dim=1)
        semitones = z @ self.get_buffer("pitch_slope") + self.get_buffer("pitch_mean")
        effects = self.get_buffer("emotion_effects")
        everybody = self.get_buffer("mean") + torch.softmax(cold, dim=1) @ effects
        return (
            torch.softmax(scores / temperature, dim=1),
            hidden,
            55.0 * 2.0 ** (semitones / 12.0),
            normal,
            features - everybody,
        )

    def normal(self, features: Tensor) -> Tensor:
        """Standardise features by mean and deviation of all speakers."""
        return (features - self.get_buffer("mean")) / self.get_buffer("scale")

    def log_probabilities(self, members: nn.Module, normal: Tensor) -> Tensor:
        """Return the mean log-probability over the members of an ensemble: [n, 7]."""
        z = clip_outliers(normal)
        answers = [torch.log_softmax(m(z), dim=1) for m in members.children()]
        return torch.stack(answers).mean(dim=0)


def clip_outliers(normal: Tensor) -> Tensor:
    """Clip standardised features at five deviations."""
    return normal.clamp(-5.0, 5.0)


class _SkipFirst(nn.Module):
    """Leaves out the first features."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, features: Tensor) -> Tensor:
        return features[:, self.count :]


def _ensemble(width: int, settings: HeadSettings) -> nn.ModuleList:
    skipped = [settings.skipped * (n % 2 == 0) for n in range(settings.members)]
    return nn.ModuleList(_member(width, count, settings) for count in skipped)


def _member(width: int, skipped: int, settings: HeadSettings) -> nn.Sequential:
    return nn.Sequential(
        _SkipFirst(skipped),
        nn.Dropout(settings.input_dropout),
        nn.Linear(width - skipped, settings.hidden),
        nn.GELU(),
        nn.Dropout(settings.dropout),
        nn.Linear(settings.hidden, len(BASIC_EMOTIONS)),
    )
