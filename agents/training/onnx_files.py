"""ONNX files of the recipes: export from torch, and the contract in the metadata."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from affectgraph.tools.io.atomic_write import atomic_write

# Smaller tensors are stored in 32 bits.
_MIN_WEIGHTS = 2_000


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


def store_weights_as_int8(model: Any) -> None:
    """Store large weights in 8 bits, one scale for each row of their first axis.

    The arithmetic stays in 32 bits, and results are the same on every processor: the
    runtime widens the weights once, when it loads the file.
    """
    stored, widen = [], []
    for tensor in model.graph.initializer:
        weights = onnx.numpy_helper.to_array(tensor)
        if weights.ndim < 2 or weights.size < _MIN_WEIGHTS or weights.dtype.kind != "f":
            stored.append(tensor)
            continue
        rows = tuple(range(1, weights.ndim))
        scale = np.abs(weights).max(axis=rows, keepdims=True) / 127
        bytes_, scale_, wide = (f"{tensor.name}.{part}" for part in ("q", "s", "w"))
        levels = np.rint(weights / np.maximum(scale, 1e-12)).astype(np.int8)
        stored.append(onnx.numpy_helper.from_array(levels, bytes_))
        stored.append(onnx.numpy_helper.from_array(scale, scale_))
        widen += [
            onnx.helper.make_node("Cast", [bytes_], [wide], to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node("Mul", [wide, scale_], [tensor.name]),
        ]
    nodes = [*widen, *model.graph.node]
    for field, values in ((model.graph.initializer, stored), (model.graph.node, nodes)):
        del field[:]
        field.extend(values)
    onnx.checker.check_model(model)


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
