"""Export of the fitted head as ONNX. Needs the extra `train`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch

from affectgraph.agents.training.onnx_files import export_onnx, save_with_contract
from affectgraph.agents.training.prosody.network import Head

_OUTPUTS = ("emotions", "embedding", "usual_pitch", "normal", "beside")
_MIN_HALF_SIZE = 10_000


def export_head(head: Head, target: Path, contract: dict[str, object]) -> None:
    """Write the head, with its contract in the metadata of the file.

    Args:
        head: Fitted and calibrated.
        target: The ONNX file.
        contract: What the sense has to know about it; JSON.
    """
    width = len(head.get_buffer("mean"))
    rows = {0: "stretches"}
    with TemporaryDirectory() as folder:
        full_precision = Path(folder) / "head.onnx"
        export_onnx(
            head.eval(),
            {
                "features": torch.zeros(2, width),
                "speaker": torch.ones(2, width),
                "known": torch.zeros(1),
            },
            _OUTPUTS,
            full_precision,
            dynamic_axes={name: rows for name in ("features", *_OUTPUTS)},
        )
        model = store_in_half_precision(full_precision)
    save_with_contract(model, target, contract)


def store_in_half_precision(file: Path) -> Any:
    """Load a model, its large weights as float16, which are cast when it runs."""
    model = onnx.load(file)
    for weight in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < _MIN_HALF_SIZE:
            continue
        half = onnx.numpy_helper.from_array(
            values.astype(np.float16), f"{weight.name}_half"
        )
        cast = onnx.helper.make_node(
            "Cast", [half.name], [weight.name], to=onnx.TensorProto.FLOAT
        )
        model.graph.initializer.remove(weight)
        model.graph.initializer.append(half)
        model.graph.node.insert(0, cast)
    return model
