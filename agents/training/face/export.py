"""Trained networks as ONNX files, the large one in eight bits, contracts inside."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from torch.nn import Module

from affectgraph.agents.training.face.data import Faces
from affectgraph.tools.face.alignment import as_input, variants
from affectgraph.tools.io.atomic_write import atomic_write


class _Batches(CalibrationDataReader):
    def __init__(self, faces: NDArray[np.float32]) -> None:
        self._rows: Iterator[NDArray[np.float32]] = iter(np.split(faces, 16))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        rows = next(self._rows, None)
        return None if rows is None else {"faces": rows}


def export(network: Module, examples: NDArray[np.float32], target: Path) -> None:
    """Write `faces` [n, 1, 48, 48] to `votes` [n, 8] and `embedding` [n, 192].

    Args:
        network: Trained.
        examples: float32 [n, 1, 48, 48], training faces to set the eight-bit ranges
            with; n a multiple of 16.
        target: The file to write.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        write_plain(network.eval(), examples[:2], ["votes", "embedding"], plain)
        quantize_static(
            plain,
            target,
            _Batches(examples),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add"],
            nodes_to_exclude=_outside_body(plain),
            per_channel=True,
            # Seven bits, so that processors without VNNI do not saturate.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def write_plain(
    network: Module,
    examples: NDArray[np.float32],
    outputs: list[str],
    target: Path,
    *,
    name: str = "faces",
) -> None:
    """Write a network from an input of that name to named outputs, unquantised."""
    torch.onnx.export(
        network,
        (torch.from_numpy(examples),),
        target,
        input_names=[name],
        output_names=outputs,
        dynamic_axes={each: {0: "n"} for each in (name, *outputs)},
        opset_version=17,
        dynamo=False,
    )


def _outside_body(file: Path) -> list[str]:
    """Nodes before the first convolution: standardising must stay exact."""
    names = []
    for node in onnx.load(file).graph.node:
        if node.op_type == "Conv":
            break
        names.append(node.name)
    return names


def write_contract(file: Path, contract: Mapping[str, Any]) -> None:
    """Store the contract in the file's own metadata."""
    model = onnx.load(file)
    onnx.helper.set_model_props(model, {"contract": json.dumps(contract)})
    with atomic_write(file) as partial:
        onnx.save(model, partial)


def run(file: Path, faces: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Votes [n, 8] and embeddings of an exported file, averaged over mirror images."""
    session = InferenceSession(file)
    rows = []
    for part in np.array_split(faces, max(1, len(faces) // 128)):
        plain, mirrored = (
            session.run(None, {"faces": np.ascontiguousarray(side)})
            for side in (part, part[..., ::-1])
        )
        rows.append([(a + b) / 2.0 for a, b in zip(plain, mirrored, strict=True)])
    return [np.concatenate(part) for part in zip(*rows, strict=True)]


def run_varied(file: Path, faces: Faces) -> list[NDArray[np.float32]]:
    """The same, averaged over the variants of each face: as the sense reads stills."""
    shown = [variants(face) for face in faces.pixels]
    parts = [run(file, as_input(crops)) for crops in zip(*shown, strict=True)]
    return [np.mean(outputs, axis=0) for outputs in zip(*parts, strict=True)]
