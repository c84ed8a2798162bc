"""The first three layers of Whisper's encoder, written as int8 ONNX.

Needs the extra `train`.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from affectgraph.agents.training.onnx_files import (
    export_onnx,
    quantize_to_int8,
    save_with_contract,
)
from affectgraph.agents.training.prosody.network import WhisperEncoder

LAYERS = 3
_DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
_MAX_ERROR = 0.01


def read_ctranslate2(path: Path) -> dict[str, NDArray[Any]]:
    """Read the variables of a CTranslate2 `model.bin` (binary version 6), by name."""
    data = path.read_bytes()
    offset = 0

    def read_number(layout: str) -> int:
        nonlocal offset
        (value,) = struct.unpack_from("<" + layout, data, offset)
        offset += struct.calcsize("<" + layout)
        return int(value)

    def read_text() -> str:
        nonlocal offset
        length = read_number("H")
        offset += length
        return data[offset - length : offset - 1].decode()

    def read_variable() -> Iterator[Any]:
        nonlocal offset
        yield read_text()
        shape = [read_number("I") for _ in range(read_number("B"))]
        dtype = np.dtype(_DTYPES[read_number("B")])
        size = read_number("I")
        yield np.frombuffer(data, dtype, size // dtype.itemsize, offset).reshape(shape)
        offset += size

    if read_number("I") != 6:
        raise ValueError(f"{path.name}: not a CTranslate2 model of binary version 6")
    read_text()
    read_number("I")
    return dict(tuple(read_variable()) for _ in range(read_number("I")))


def check_against_ctranslate2(model: Path) -> float:
    """Return the relative mean error of our encoder against CTranslate2's, on noise.

    The remaining error is that CTranslate2 stores positions in half precision.

    Raises:
        ValueError: If the error is larger than that.
    """
    mel = np.random.default_rng(0).uniform(-0.6, 1.4, (1, 80, 3000)).astype(np.float32)
    encoded = WhisperModel(str(model.parent), compute_type="float32").encode(mel[0])
    variables = read_ctranslate2(model)
    layers = sum(name.endswith("ffn/linear_0/bias") for name in variables)
    layers -= sum(
        "decoder/layer" in n and n.endswith("ffn/linear_0/bias") for n in variables
    )
    encoder = WhisperEncoder(variables, layers)
    with torch.no_grad():
        states = encoder.last(encoder(torch.tensor(mel))[:, -1])
    reference = np.array(encoded)[0]
    error = float(np.abs(reference - states.numpy()).mean() / np.abs(reference).mean())
    if error > _MAX_ERROR:
        raise ValueError(f"the encoder differs from CTranslate2's by {error:.2%}")
    return error


def export_encoder(model: Path, target: Path) -> None:
    """Write convolutions and layers 1-3 of a CTranslate2 Whisper as int8 ONNX.

    Our implementation of the encoder is checked against CTranslate2 first.

    Args:
        model: Its `model.bin`, with `config.json` beside it.
        target: The ONNX file to write; its input is `mel`
            [1, 80, n] and its output [n / 2, 3, width].
    """
    print(f"encoder: error against CTranslate2 {check_against_ctranslate2(model):.2%}")
    encoder = WhisperEncoder(read_ctranslate2(model), LAYERS).eval()
    with TemporaryDirectory() as folder:
        full_precision = Path(folder) / "encoder.onnx"
        export_onnx(
            encoder,
            {"mel": torch.zeros(1, 80, 200)},
            ["states"],
            full_precision,
            dynamic_axes={"mel": {2: "frames"}, "states": {0: "states"}},
        )
        quantize_to_int8(full_precision, target, operators=("MatMul", "Gemm"))
    contract = {"layers": LAYERS, "states_per_second": 50, "input": "Whisper log-mel"}
    save_with_contract(onnx.load(target), target, contract)
