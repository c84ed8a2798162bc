"""Writing the text network as one int8 ONNX file that carries its contract."""

import json
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from affectgraph.agents.training.transcript.network import EmotionNetwork
from affectgraph.tools.io.atomic_write import atomic_write

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUTS = ("spoken", "written", "words", "vector")


def export(network: EmotionNetwork, file: Path) -> None:
    """Write it with int8 weights and embeddings; activations are quantised as it runs.

    Seven bits of the eight are used, so that processors without VNNI do not overflow.
    """
    network.eval()
    example = tuple(torch.ones(2, 16, dtype=torch.int64) for _ in _INPUTS)
    sizes = {0: torch.export.Dim("rows"), 1: torch.export.Dim("length", max=512)}
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "fp32.onnx"
        torch.onnx.export(
            network,
            example,
            whole,
            input_names=_INPUTS,
            output_names=_OUTPUTS,
            dynamic_shapes=tuple(sizes for _ in _INPUTS),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        logging.getLogger().disabled = True
        quantize_dynamic(
            whole,
            file,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )


def write_contract(file: Path, contract: Mapping[str, Any]) -> None:
    """Put the contract into the metadata of an ONNX file."""
    model = onnx.load(file)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {"contract": json.dumps(contract)})
    with atomic_write(file) as partial:
        onnx.save(model, partial)
