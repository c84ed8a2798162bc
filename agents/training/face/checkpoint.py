"""A training run that goes on where it was stopped, kept as safetensors."""

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from affectgraph.tools.io.atomic_write import atomic_write

_DONE = "done"


class Checkpoint:
    """One file with everything that changes from epoch to epoch."""

    def __init__(self, file: Path) -> None:
        """Keep the run in that file."""
        self._file = file

    def epochs(
        self, count: int, optimizer: torch.optim.Optimizer, *networks: nn.Module
    ) -> Iterator[int]:
        """The numbers of the epochs that are left; everything is kept after each."""
        for epoch in range(self._restore(optimizer, networks), count):
            yield epoch
            self._keep(optimizer, networks, epoch + 1)

    def _restore(
        self, optimizer: torch.optim.Optimizer, networks: tuple[nn.Module, ...]
    ) -> int:
        if not self._file.is_file():
            return 0
        state = load_file(self._file)
        for number, network in enumerate(networks):
            network.load_state_dict(_below(state, f"network{number}/"))
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in _below(state, "optimizer/").items():
            parameter, name = key.split("/")
            moments.setdefault(int(parameter), {})[name] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
        return int(state[_DONE])

    def _keep(
        self,
        optimizer: torch.optim.Optimizer,
        networks: tuple[nn.Module, ...],
        done: int,
    ) -> None:
        state = {_DONE: torch.tensor(done)}
        for number, network in enumerate(networks):
            for name, value in network.state_dict().items():
                state[f"network{number}/{name}"] = value
        for parameter, values in optimizer.state_dict()["state"].items():
            for name, value in values.items():
                state[f"optimizer/{parameter}/{name}"] = torch.as_tensor(value)
        whole = {name: value.contiguous() for name, value in state.items()}
        with atomic_write(self._file) as partial:
            save_file(whole, partial)


def set_rate(optimizer: torch.optim.Optimizer, highest: float, progress: float) -> None:
    """A short warm-up, then half a cosine down to zero (Loshchilov & Hutter 2017)."""
    warm = min(1.0, progress / 0.03)
    for group in optimizer.param_groups:
        group["lr"] = highest * warm * 0.5 * (1.0 + math.cos(math.pi * progress))


def _below(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in state.items()
        if name.startswith(prefix)
    }
