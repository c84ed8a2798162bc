"""The network that tells, frame by frame, which of up to three voices speak.

Source: Plaquet & Bredin (2023), "Powerset multi-class cross entropy loss for neural
speaker diarization", Interspeech: `pyannote/segmentation-3.0`. Attributes have the
names of the published checkpoint.
"""

import math
from itertools import combinations

import torch
from torch import Tensor, nn

SAMPLING_RATE = 16_000
MAX_VOICES = 3
# A class is a set of at most two voices that speak together.
VOICE_SETS = [voices for n in range(3) for voices in combinations(range(MAX_VOICES), n)]

_FILTERS = 80
_TAPS = 251
_STRIDE = 10
_MIN_HERTZ = 50.0
_HIDDEN = 128


class SegmentationNetwork(nn.Module):
    """Probabilities of the sets of voices.

    From sound, float32 [n, samples], to float32 [n, frames, 7]; 59 frames a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sincnet = _SincNet()
        self.lstm = nn.LSTM(60, _HIDDEN, 4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList(
            [nn.Linear(2 * _HIDDEN, _HIDDEN), nn.Linear(_HIDDEN, _HIDDEN)]
        )
        self.classifier = nn.Linear(_HIDDEN, len(VOICE_SETS))

    def forward(self, sound: Tensor) -> Tensor:
        """Probabilities [n, frames, 7] of sound [n, samples]."""
        states, _ = self.lstm(self.sincnet(sound.unsqueeze(1)).transpose(1, 2))
        for layer in self.linear:
            states = nn.functional.leaky_relu(layer(states))
        return torch.softmax(self.classifier(states), dim=-1)


class _SincNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.conv1d = nn.ModuleList(
            [_SincFilters(), nn.Conv1d(_FILTERS, 60, 5), nn.Conv1d(60, 60, 5)]
        )
        self.norm1d = nn.ModuleList(
            [nn.InstanceNorm1d(n, affine=True) for n in (_FILTERS, 60, 60)]
        )

    def forward(self, sound: Tensor) -> Tensor:
        states: Tensor = self.wav_norm1d(sound)
        for convolve, normalize in zip(self.conv1d, self.norm1d, strict=True):
            states = nn.functional.max_pool1d(convolve(states), 3)
            states = nn.functional.leaky_relu(normalize(states))
        return states


class _SincFilters(nn.Module):
    """Magnitude of band-pass filters, even and odd, with learned edges.

    Source: Ravanelli & Bengio (2018), "Speaker recognition from raw waveform with
    SincNet"; odd filters: Pariente et al. (2020), "Filterbank design for end-to-end
    speech separation".
    """

    def __init__(self) -> None:
        super().__init__()
        self.filterbank = _BandEdges()

    def forward(self, sound: Tensor) -> Tensor:
        return nn.functional.conv1d(
            sound, self.filterbank.filters(), stride=_STRIDE
        ).abs()


class _BandEdges(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.low_hz_ = nn.Parameter(torch.zeros(_FILTERS // 2, 1))
        self.band_hz_ = nn.Parameter(torch.zeros(_FILTERS // 2, 1))
        half = _TAPS // 2
        self.register_buffer("window_", torch.hamming_window(_TAPS, False)[:half])
        times = torch.arange(-half, 0.0).view(1, -1) / SAMPLING_RATE
        self.register_buffer("n_", 2 * math.pi * times)

    def filters(self) -> Tensor:
        """Filters: float32 [80, 1, 251]."""
        low = _MIN_HERTZ + self.low_hz_.abs()
        high = (low + _MIN_HERTZ + self.band_hz_.abs()).clamp(max=SAMPLING_RATE / 2)
        low_phase, high_phase = low @ self.n_, high @ self.n_
        scale = self.window_ / (self.n_ / 2)
        even = (high_phase.sin() - low_phase.sin()) * scale
        odd = (low_phase.cos() - high_phase.cos()) * scale
        width = high - low
        even = torch.cat([even, 2 * width, even.flip(1)], dim=1)
        odd = torch.cat([odd, torch.zeros_like(width), -odd.flip(1)], dim=1)
        return (torch.cat([even, odd]) / (2 * width).repeat(2, 1)).unsqueeze(1)
