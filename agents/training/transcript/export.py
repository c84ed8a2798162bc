"""Export of the text network as one int8 ONNX file with its contract."""

import logging
import tempfile
from pathlib import Path

import torch

from affectgraph.agents.training.onnx_files import quantize_to_int8
from affectgraph.agents.training.transcript.network import EmotionNetwork

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUTS = ("spoken", "written", "words", "vector")


def export(network: EmotionNetwork, file: Path) -> None:
    """Write the network with int8 weights and embeddings."""
    network.eval()
    example = tuple(torch.ones(2, 16, dtype=torch.int64) for _ in _INPUTS)
    sizes = {0: torch.export.Dim("rows"), 1: torch.export.Dim("length", max=512)}
    with tempfile.TemporaryDirectory() as scratch:
        full_precision = Path(scratch) / "fp32.onnx"
        torch.onnx.export(
            network,
            example,
            full_precision,
            input_names=_INPUTS,
            output_names=_OUTPUTS,
            dynamic_shapes=tuple(sizes for _ in _INPUTS),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        logging.getLogger().disabled = True
        quantize_to_int8(full_precision, file, operators=("MatMul", "Gemm", "Gather"))
