"""CAM++: the network that turns speech into a speaker vector.

Source: Wang et al. (2023), "CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking", Interspeech. Attributes have the names of the
published checkpoint.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

MEL_BANDS = 80
VECTOR_SIZE = 192

_CHANNELS = 32
_GROWTH = 32
_BOTTLENECK = 128
# Layers and dilation of each densely connected block.
_BLOCKS = ((12, 1), (24, 2), (16, 2))
# Frames of one segment whose mean is the local context, after halving the frame rate.
_SEGMENT = 100


class CamPlusPlus(nn.Module):
    """Speaker vectors of one filterbank: float32 [n, frames, 80] to [n, 192]."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()
        channels = _CHANNELS * MEL_BANDS // 8
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["tdnn"] = _TimeDelay(channels, _BOTTLENECK)
        channels = _BOTTLENECK
        for number, (depth, dilation) in enumerate(_BLOCKS, 1):
            layers[f"block{number}"] = _DenseBlock(channels, depth, dilation)
            channels += depth * _GROWTH
            layers[f"transit{number}"] = _Transition(channels)
            channels //= 2
        layers["out_nonlinear"] = _norm_relu(channels)
        layers["stats"] = _Statistics()
        layers["dense"] = _Projection(2 * channels)
        self.xvector = nn.Sequential(layers)

    def forward(self, filterbank: Tensor) -> Tensor:
        """Vectors [n, 192] of filterbanks [n, frames, 80]."""
        vectors: Tensor = self.xvector(self.head(filterbank.transpose(1, 2)))
        return vectors


class _Head(nn.Module):
    """Residual convolutions over time and frequency; one eighth of the bands remain."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, _CHANNELS, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(_CHANNELS)
        self.layer1 = nn.Sequential(_ResidualLayer(2), _ResidualLayer(1))
        self.layer2 = nn.Sequential(_ResidualLayer(2), _ResidualLayer(1))
        self.conv2 = nn.Conv2d(
            _CHANNELS, _CHANNELS, 3, stride=(2, 1), padding=1, bias=False
        )
        self.bn2 = nn.BatchNorm2d(_CHANNELS)

    def forward(self, bands: Tensor) -> Tensor:
        states = torch.relu(self.bn1(self.conv1(bands.unsqueeze(1))))
        states = self.layer2(self.layer1(states))
        return torch.relu(self.bn2(self.conv2(states))).flatten(1, 2)


class _ResidualLayer(nn.Module):
    def __init__(self, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            _CHANNELS, _CHANNELS, 3, stride=(stride, 1), padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(_CHANNELS)
        self.conv2 = nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(_CHANNELS)
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(_CHANNELS, _CHANNELS, 1, stride=(stride, 1), bias=False),
                nn.BatchNorm2d(_CHANNELS),
            )

    def forward(self, states: Tensor) -> Tensor:
        inner = torch.relu(self.bn1(self.conv1(states)))
        return torch.relu(self.bn2(self.conv2(inner)) + self.shortcut(states))


class _TimeDelay(nn.Module):
    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, outputs, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _norm_relu(outputs)

    def forward(self, states: Tensor) -> Tensor:
        result: Tensor = self.nonlinear(self.linear(states))
        return result


class _DenseBlock(nn.Module):
    """Layers whose outputs are appended to the channels."""

    def __init__(self, channels: int, depth: int, dilation: int) -> None:
        super().__init__()
        for number in range(depth):
            layer = _DenseLayer(channels + number * _GROWTH, dilation)
            self.add_module(f"tdnnd{number + 1}", layer)

    def forward(self, states: Tensor) -> Tensor:
        for layer in self.children():
            states = torch.cat([states, layer(states)], dim=1)
        return states


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _norm_relu(channels)
        self.linear1 = nn.Conv1d(channels, _BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _norm_relu(_BOTTLENECK)
        self.cam_layer = _ContextMask(dilation)

    def forward(self, states: Tensor) -> Tensor:
        states = self.nonlinear2(self.linear1(self.nonlinear1(states)))
        result: Tensor = self.cam_layer(states)
        return result


class _ContextMask(nn.Module):
    """A convolution, masked by the mean of the whole and of the segment around."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            _BOTTLENECK, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(_BOTTLENECK, _BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(_BOTTLENECK // 2, _GROWTH, 1)

    def forward(self, states: Tensor) -> Tensor:
        context = states.mean(-1, keepdim=True) + _segment_means(states)
        mask = torch.sigmoid(self.linear2(torch.relu(self.linear1(context))))
        result: Tensor = self.linear_local(states) * mask
        return result


def _segment_means(states: Tensor) -> Tensor:
    """The mean of the segment that each frame is in; the last one may be shorter."""
    frames = states.shape[-1]
    padded = nn.functional.pad(states, (0, _SEGMENT))
    whole = padded[..., : (frames + _SEGMENT - 1) // _SEGMENT * _SEGMENT]
    segments = whole.unflatten(-1, (-1, _SEGMENT))
    lengths = torch.ones_like(states[:1, :1])
    lengths = nn.functional.pad(lengths, (0, _SEGMENT))[..., : whole.shape[-1]]
    counts = lengths.unflatten(-1, (-1, _SEGMENT)).sum(-1, keepdim=True)
    means = segments.sum(-1, keepdim=True) / counts
    return means.expand_as(segments).flatten(-2)[..., :frames]


class _Transition(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _norm_relu(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, states: Tensor) -> Tensor:
        result: Tensor = self.linear(self.nonlinear(states))
        return result


class _Statistics(nn.Module):
    """Mean and standard deviation over time."""

    def forward(self, states: Tensor) -> Tensor:
        mean = states.mean(-1, keepdim=True)
        variance = (states - mean).square().sum(-1) / (states.shape[-1] - 1)
        return torch.cat([mean.squeeze(-1), variance.sqrt()], dim=-1)


class _Projection(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, VECTOR_SIZE, 1, bias=False)
        norm = nn.BatchNorm1d(VECTOR_SIZE, affine=False)
        self.nonlinear = nn.Sequential(OrderedDict(batchnorm=norm))

    def forward(self, statistics: Tensor) -> Tensor:
        result: Tensor = self.nonlinear(self.linear(statistics.unsqueeze(-1)))
        return result.squeeze(-1)


def _norm_relu(channels: int) -> nn.Sequential:
    norm = nn.BatchNorm1d(channels)
    return nn.Sequential(OrderedDict(batchnorm=norm, relu=nn.ReLU()))
