"""Write the fitted head as ONNX. Needs the extra `train`."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch

from affectgraph.agents.training.prosody.network import Head
from affectgraph.tools.io.atomic_write import atomic_write

_OUTPUTS = ("emotions", "embedding", "usual_pitch", "normal", "beside")
_LARGE = 10_000


def export_head(head: Head, target: Path, contract: dict[str, object]) -> None:
    """Write the head, its contract in the file's metadata.

    Args:
        head: Fitted and calibrated.
        target: The ONNX file.
        contract: What the sense has to know; JSON.
    """
    width = len(head.get_buffer("mean"))
    rows = {0: "stretches"}
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "head.onnx"
        torch.onnx.export(
            head.eval(),
            (torch.zeros(2, width), torch.ones(2, width), torch.zeros(1)),
            str(whole),
            input_names=["features", "speaker", "known"],
            output_names=list(_OUTPUTS),
            dynamic_axes={name: rows for name in ("features", *_OUTPUTS)},
            opset_version=17,
            dynamo=False,
        )
        finished = onnx.load(whole)
    _store_in_half_precision(finished)
    onnx.helper.set_model_props(finished, {"contract": json.dumps(contract)})
    with atomic_write(target) as partial:
        onnx.save(finished, partial)


def _store_in_half_precision(model: Any) -> None:
    """Keep large weights as float16; they are made float32 again when loaded."""
    for weight in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < _LARGE:
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
