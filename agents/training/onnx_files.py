"""ONNX files of the recipes: export from torch, and the contract in the metadata."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from affectgraph.tools.io.atomic_write import atomic_write


def export_onnx(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    file: Path,
    *,
    dynamic_axes: Mapping[str, Mapping[int, str]],
) -> None:
    """Export a network in 32 bits by tracing.

    Args:
        network: The network, in evaluation mode.
        inputs: Name to example, in the order of `forward`.
        outputs: Names of the outputs.
        file: The ONNX file.
        dynamic_axes: Name of an input or output to its axes of any size.
    """
    torch.onnx.export(
        network,
        tuple(inputs.values()),
        str(file),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes=dynamic_axes,
        opset_version=17,
        dynamo=False,
    )


def quantize_to_int8(source: Path, target: Path, *, operators: Iterable[str]) -> None:
    """Quantise the weights of some operators to int8; activations as the network runs.

    Seven of the eight bits are used: the products do not overflow on processors without
    VNNI, so results are the same on every processor.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=list(operators),
    )


def save_with_contract(model: Any, file: Path, contract: Mapping[str, Any]) -> None:
    """Write a model with what a sense has to know about it, as JSON in its metadata.

    The exporter notes where its sources lie on this machine; these notes are left out.
    """
    for node in model.graph.node:
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    onnx.helper.set_model_props(model, {"contract": json.dumps(contract)})
    with atomic_write(file) as partial:
        onnx.save(model, partial)
