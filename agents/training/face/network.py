"""The expression network: a small residual network for 48x48 grey faces."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from affectgraph.agents.training.face.data import LABEL_WORDS, VOTE_WORDS

STEM = 24
WIDTHS = (48, 96, 192)
BLOCKS = 2


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
    """Faces to an embedding, and from there to the votes and to the label.

    Input float32 [n, 1, 48, 48] of any brightness and contrast: each face is
    standardised first. Output: logits of the FERPlus votes [n, 8], logits of the
    FER2013 label [n, 7] and the embedding [n, 192].
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
        self.labels = nn.Linear(inputs, len(LABEL_WORDS))

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of votes, logits of labels, embedding."""
        embedding = self.embed(faces)
        kept = self.dropout(embedding)
        return self.votes(kept), self.labels(kept), embedding

    def embed(self, faces: Tensor) -> Tensor:
        """The embedding alone, [n, 192]."""
        result: Tensor = self.body(standardised(faces))
        return result


def standardised(faces: Tensor) -> Tensor:
    """Each face with mean zero and deviation one: free of brightness and contrast."""
    mean = faces.mean((2, 3), keepdim=True)
    spread = (faces - mean).square().mean((2, 3), keepdim=True).sqrt()
    result: Tensor = (faces - mean) / (spread + 1e-3)
    return result


class OneHead(nn.Module):
    """Both heads folded into one: a blend of linear layers is a linear layer."""

    def __init__(
        self, network: ExpressionNetwork, share: float, level: NDArray[np.float32]
    ) -> None:
        """Give the votes' head this share, and take `level` [7] from the logits."""
        super().__init__()
        self.network = network
        self.head = nn.Linear(network.labels.in_features, len(LABEL_WORDS))
        votes, labels = network.votes, network.labels
        n = len(LABEL_WORDS)
        with torch.no_grad():
            self.head.weight.copy_(
                share * votes.weight[:n] + (1.0 - share) * labels.weight
            )
            self.head.bias.copy_(
                share * votes.bias[:n]
                + (1.0 - share) * labels.bias
                - torch.from_numpy(level)
            )

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [n, 7] in the order of the house, embedding [n, 192]."""
        embedding = self.network.embed(faces)
        return self.head(embedding), embedding


class GeometryNetwork(nn.Module):
    """Faces [n, 1, 48, 48] to measures [n, m], given their mean and deviation."""

    def __init__(self, mean: NDArray[np.float32], spread: NDArray[np.float32]) -> None:
        super().__init__()
        widths = (24, 48, 96)
        layers: list[nn.Module] = [nn.Conv2d(1, widths[0], 5, 2, 2, bias=False)]
        layers += [nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)]
        for inputs, outputs in zip((widths[0], *widths), widths, strict=False):
            layers.append(Block(inputs, outputs, 1 if inputs == outputs else 2))
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.hidden = nn.Linear(widths[-1] * 36, 64)
        self.head = nn.Linear(64, len(mean))
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("spread", torch.from_numpy(spread))

    def forward(self, faces: Tensor) -> Tensor:
        """The measures, in their own units."""
        hidden = self.hidden(self.body(standardised(faces))).relu()
        result: Tensor = self.head(hidden) * self.spread + self.mean
        return result
