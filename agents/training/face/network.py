"""The networks of the face: small residual ones for 48x48 grey pictures."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.agents.training.face.data import VOTE_WORDS
from affectgraph.agents.training.face.mesh import TAUGHT
from affectgraph.tools.face.alignment import SIZE

STEM = 24
WIDTHS = (48, 96, 192)
BLOCKS = 2
HIDDEN = 128
_FAR = 2.5

# Units in which pose and landmarks are learned.
DEGREES = 10.0
PIXELS = 3.0

Array = NDArray[np.float32]


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )
        self.out = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [n, inputs, h, w] to [n, outputs, h / stride, w / stride]."""
        result: Tensor = self.out(self.shortcut(x) + self.body(x))
        return result


class ExpressionNetwork(nn.Module):
    """Faces to an embedding, and from there to the votes.

    Input float32 [n, 1, 48, 48] of any brightness and contrast: each face is
    standardised first. Output: logits of the FERPlus votes [n, 8] and the embedding
    [n, 192].
    """

    def __init__(self) -> None:
        super().__init__()
        first = WIDTHS[0]
        layers: list[nn.Module] = [
            nn.Conv2d(1, STEM, 3, 1, 1, bias=False),
            nn.BatchNorm2d(STEM),
            nn.ReLU(inplace=True),
            nn.Conv2d(STEM, first, 3, 2, 1, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
        ]
        inputs = first
        for width in WIDTHS:
            for _ in range(BLOCKS):
                layers.append(Block(inputs, width, 1 if width == inputs else 2))
                inputs = width
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout = nn.Dropout(0.3)
        self.votes = nn.Linear(inputs, len(VOTE_WORDS))

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the votes, embedding."""
        embedding: Tensor = self.body(standardised(faces))
        return self.votes(self.dropout(embedding)), embedding


def standardised(faces: Tensor) -> Tensor:
    """Each face with mean zero and deviation one: free of brightness and contrast."""
    mean = faces.mean((2, 3), keepdim=True)
    spread = (faces - mean).square().mean((2, 3), keepdim=True).sqrt()
    result: Tensor = (faces - mean) / (spread + 1e-3)
    return result


class MovementNetwork(nn.Module):
    """Faces [n, 1, 48, 48] to movements [n, m], pose [n, 3] and landmarks [n, 68, 2].

    Movements lie in 0 to 1, the pose is in degrees, landmarks in pixels of the crop.
    """

    WIDTHS = (24, 48, 96)

    def __init__(self, usual: Array, spread: Array, places: Array) -> None:
        """Begin at the mean of the roots of the movements, and at mean landmarks."""
        super().__init__()
        first = self.WIDTHS[0]
        layers: list[nn.Module] = [nn.Conv2d(1, first, 5, 2, 2, bias=False)]
        layers += [nn.BatchNorm2d(first), nn.ReLU(inplace=True)]
        for inputs, outputs in zip((first, *self.WIDTHS), self.WIDTHS, strict=False):
            layers.append(Block(inputs, outputs, 1 if inputs == outputs else 2))
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.hidden = nn.Linear(self.WIDTHS[-1] * (SIZE // 8) ** 2, 128)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(128, len(TAUGHT) + 3 + 2 * 68)
        self.register_buffer("usual", torch.from_numpy(usual))
        self.register_buffer("spread", torch.from_numpy(spread))
        self.register_buffer("places", torch.from_numpy(places).flatten())

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Movements, pose, landmarks."""
        roots, pose, places = self.raw(faces)
        movements = (roots * self.spread + self.usual).clamp(0.0, 1.0).square()
        landmarks = (places * PIXELS + self.places).unflatten(1, (68, 2))
        return movements, pose * DEGREES, landmarks

    def raw(self, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Standardised roots of the movements, pose, landmarks: what is learned."""
        hidden = self.hidden(self.body(standardised(faces))).relu()
        outputs = self.head(self.dropout(hidden)).float()
        roots, pose, places = outputs.split([len(TAUGHT), 3, 2 * 68], 1)
        return roots, pose, places


class WindowNetwork(nn.Module):
    """Windows [n, d] of `window.statistics` to logits of the votes [n, 8]."""

    def __init__(self, mean: Array, spread: Array) -> None:
        """Standardise by these, and begin with the mean of the votes."""
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("spread", torch.from_numpy(np.maximum(spread, 1e-3)))
        self.drop = nn.Dropout(0.3)
        self.hidden = nn.Linear(len(mean), HIDDEN)
        self.head = nn.Linear(HIDDEN, len(VOTE_WORDS))
        self.linear = nn.Linear(len(mean), len(VOTE_WORDS))

    def forward(self, windows: Tensor) -> Tensor:
        """Logits of the votes."""
        # What is far from everything learned says no more than what is less far.
        standard = ((windows - self.mean) / self.spread).clamp(-_FAR, _FAR)
        inputs = self.drop(standard)
        hidden = self.drop(self.hidden(inputs).relu())
        result: Tensor = self.head(hidden) + self.linear(inputs)
        return result
