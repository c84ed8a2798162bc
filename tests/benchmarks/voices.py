"""Do near voices share an emotion, when their speaker was never heard in training?

    python tests/benchmarks/voices.py OUT/voices-0-all.npz

The shipped prosody head has heard every speaker that there is. This fits one without
every fifth speaker, on the features that `affectgraph train prosody` keeps, and asks
with those speakers: fifty recordings an emotion to be found, thirty to ask with. Beside
it, the standardised features themselves. Needs the extra `train`.
"""

import sys

import numpy as np
import torch
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.head import fit
from affectgraph.agents.training.prosody.network import HeadSettings, clip_outliers
from affectgraph.tools.prosody.head import population_norms

NEAREST = 5


def precision(
    vectors: NDArray[np.float32], emotion: NDArray[np.int64], kept, asked
) -> str:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    near = np.argsort(-(unit[asked] @ unit[kept].T), axis=1)[:, :NEAREST]
    right = (emotion[kept][near] == emotion[asked][:, None]).mean(axis=1)
    draws = np.random.default_rng(0).choice(right, (2000, len(right))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{right.mean():.3f} [{low:.3f}, {high:.3f}], {len(right)} clips"


def main() -> None:
    torch.set_num_threads(1)
    with np.load(sys.argv[1], allow_pickle=False) as arrays:
        voices = Voices(**arrays)
    apart = np.isin(voices.speaker, np.unique(voices.speaker)[4::5])
    head = fit(voices, np.flatnonzero(~apart), HeadSettings(), 0)
    clean = torch.tensor(voices.features[:, 0])
    with torch.no_grad():
        anybody = torch.tensor(population_norms(clean.shape[1]))
        _, embedding, *_ = head(clean, anybody, torch.zeros(1))
    random = np.random.default_rng(0)

    def pick(where: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
        each = [
            np.flatnonzero(where & (voices.emotion == number)) for number in range(7)
        ]
        return np.concatenate([random.permutation(one)[:count] for one in each])

    kept, asked = pick(~apart, 50), pick(apart, 30)
    plain = clip_outliers(head.normal(clean)).numpy()
    for name, vectors in (("head", embedding.numpy()), ("features", plain)):
        print(name, precision(vectors, voices.emotion, kept, asked), flush=True)


if __name__ == "__main__":
    main()
