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
    """Maps the vectors of the present senses to one unit vector.

    Each vector goes through a small network of its modality. The outputs are centred
    and scaled per modality, which removes most of the gap between modalities, and are
    averaged by attention over the present ones, as in AffectGPT (Lian et al. 2025,
    section 3.2) and MERBench before the language model.
    """

    def __init__(self, samples: Mapping[str, Tensor]) -> None:
        """Initialise with mean and deviation of samples [n, d] of each modality."""
        super().__init__()
        self.names = tuple(samples)
        for name, vectors in samples.items():
            unit = F.normalize(vectors, dim=1)
            self.register_buffer(f"{name}_mean", unit.mean(0))
            self.register_buffer(f"{name}_scale", unit.std(0) + 1e-3)
        self.inner = nn.ModuleDict(
            {name: _mlp(x.shape[1]) for name, x in samples.items()}
        )
        self.score = nn.ModuleDict({name: nn.Linear(DIMENSION, 1) for name in samples})
        self.prototypes = nn.Parameter(torch.randn(len(BASIC_EMOTIONS), DIMENSION))

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return unit vectors [n, 64] from [n, d] per modality and a mask [n, m]."""
        *vectors, present = inputs
        tokens = [
            self._token(name, x) for name, x in zip(self.names, vectors, strict=True)
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
        """Compute the loss of views [n, 64]: the same takes with other modalities.

        It is the cross-entropy against the prototypes plus the supervised contrastive
        loss (Khosla et al. 2020). Positives are from other views only, so that features
        of a single modality gain nothing.
        """
        joined, labels = torch.cat(list(views)), label.repeat(len(views))
        nearness = _SCALE * joined @ F.normalize(self.prototypes, dim=1).T
        classification = F.cross_entropy(nearness, labels, label_smoothing=_SMOOTHING)
        view = torch.arange(len(views)).repeat_interleave(len(label))
        diagonal = torch.eye(len(joined), dtype=torch.bool)
        positives = (labels[:, None] == labels) & (view[:, None] != view)
        cosines = (joined @ joined.T / _TEMPERATURE).masked_fill(diagonal, -1e4)
        contrast = cosines.log_softmax(dim=1) * positives
        return classification - (contrast.sum(1) / positives.sum(1)).mean()


def _mlp(size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(_DROPOUT),
        nn.Linear(size, _HIDDEN),
        nn.GELU(),
        nn.Dropout(_DROPOUT),
        nn.Linear(_HIDDEN, DIMENSION),
        nn.BatchNorm1d(DIMENSION, affine=False),
    )
