"""The network of the affect space, in torch, and its loss. Needs the extra `train`."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from affectgraph.tools.emotions import BASIC_EMOTIONS

DIMENSION = 64
_HIDDEN = 128
_DROPOUT = 0.3
_TEMPERATURE = 0.2
_SCALE = 8.0
_SMOOTHING = 0.1


class Projection(nn.Module):
    """Vectors of the senses that are present to one unit vector.

    Each goes through a small network of its own. What comes out is centred and scaled
    over each modality, which takes most of the gap between them away, and is averaged
    with the weights of an attention over the modalities present, as AffectGPT (Lian et
    al. 2025, section 3.2) and MERBench have it before the language model.
    """

    def __init__(self, samples: Mapping[str, Tensor]) -> None:
        """Start at random, with the mean and deviation of samples [n, d] of each."""
        super().__init__()
        self.names = tuple(samples)
        for name, vectors in samples.items():
            unit = F.normalize(vectors, dim=1)
            self.register_buffer(f"{name}_mean", unit.mean(0))
            self.register_buffer(f"{name}_scale", unit.std(0) + 1e-3)
        self.inner = nn.ModuleDict(
            {name: _inner(one.shape[1]) for name, one in samples.items()}
        )
        self.score = nn.ModuleDict({name: nn.Linear(DIMENSION, 1) for name in samples})
        self.prototypes = nn.Parameter(torch.randn(len(BASIC_EMOTIONS), DIMENSION))

    def forward(self, *given: Tensor) -> Tensor:
        """Unit vectors [n, 64] from one [n, d] a modality, and the mask [n, m]."""
        *vectors, present = given
        tokens = [
            self._token(name, one)
            for name, one in zip(self.names, vectors, strict=True)
        ]
        scores = [
            self.score[name](token) / DIMENSION**0.5
            for name, token in zip(self.names, tokens, strict=True)
        ]
        absent = 1e4 * (1.0 - present)
        weights = torch.softmax(torch.cat(scores, 1) - absent, dim=1)
        return F.normalize((weights[..., None] * torch.stack(tokens, 1)).sum(1), dim=1)

    def _token(self, name: str, vectors: Tensor) -> Tensor:
        unit = F.normalize(vectors, dim=1) - self.get_buffer(f"{name}_mean")
        token: Tensor = self.inner[name](unit / self.get_buffer(f"{name}_scale"))
        return token

    def loss(self, views: Sequence[Tensor], label: Tensor) -> Tensor:
        """Of the same takes as several sets of modalities show them, each [n, 64].

        Cross-entropy against the prototypes, and the supervised contrastive loss
        (Khosla et al. 2020) where only other views count as alike: so that what a
        modality shares with itself alone brings nothing.
        """
        joined, labels = torch.cat(list(views)), label.repeat(len(views))
        nearness = _SCALE * joined @ F.normalize(self.prototypes, dim=1).T
        named = F.cross_entropy(nearness, labels, label_smoothing=_SMOOTHING)
        view = torch.arange(len(views)).repeat_interleave(len(label))
        itself = torch.eye(len(joined), dtype=torch.bool)
        alike = (labels[:, None] == labels) & (view[:, None] != view)
        cosines = (joined @ joined.T / _TEMPERATURE).masked_fill(itself, -1e4)
        told = cosines.log_softmax(dim=1) * alike
        return named - (told.sum(1) / alike.sum(1)).mean()


def _inner(size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(_DROPOUT),
        nn.Linear(size, _HIDDEN),
        nn.GELU(),
        nn.Dropout(_DROPOUT),
        nn.Linear(_HIDDEN, DIMENSION),
        nn.BatchNorm1d(DIMENSION, affine=False),
    )
