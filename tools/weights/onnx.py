"""ONNX networks: hash-checked, loaded once, with the contract in their metadata."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import weights
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.timeout import checkpoint

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """A loaded network.

    Attributes:
        name: Name of its file in the weights manifest.
        sha256: Hash of its file.
        contract: JSON object under `contract` in the file's metadata: classes,
            temperature, units and other facts that its sense needs. Empty if absent.
    """

    name: str
    sha256: str
    contract: Mapping[str, Any]
    session: Any

    def __call__(self, **inputs: NDArray[Any]) -> list[Array]:
        """Run the network on named inputs; the outputs are in the order of the file."""
        checkpoint()
        outputs: list[Array] = self.session.run(None, inputs)
        return outputs


def load(name: str) -> Network:
    """Load a network of the weights manifest; later calls return the same object."""
    with _load_lock():
        return _load(name)


@per_process
def _load_lock() -> threading.Lock:
    return threading.Lock()


@per_process
def _load(name: str) -> Network:
    import onnxruntime

    # The environment variable has no effect if onnxruntime was imported before us.
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Both keep memory for the largest input of every shape, and shapes vary by clip.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        weights.path(name), options, providers=["CPUExecutionProvider"]
    )
    metadata = session.get_modelmeta().custom_metadata_map
    contract = json.loads(metadata.get("contract", "{}"))
    entry = weights.entry(name)
    return Network(entry.name, entry.sha256, contract, session)
