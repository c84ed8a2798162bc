"""Cut Whisper's encoder after three layers and write it as int8 ONNX.

Only for training; needs the extra `train`.
"""

import json
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
from onnxruntime.quantization import QuantType, quantize_dynamic

from affectgraph.agents.training.prosody.network import WhisperEncoder
from affectgraph.tools.io.atomic_write import atomic_write

LAYERS = 3
_LAYER = r"encoder/layer_\d+/ffn/linear_0/bias"
_DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
_WORST_ERROR = 0.01


def read_ctranslate2(path: Path) -> dict[str, NDArray[Any]]:
    """The variables of a CTranslate2 `model.bin` (binary version 6), by name."""
    data = path.read_bytes()
    at = 0

    def take(layout: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return int(value)

    def word() -> str:
        nonlocal at
        length = take("H")
        at += length
        return data[at - length : at - 1].decode()

    def variable() -> Iterator[Any]:
        nonlocal at
        yield word()
        shape = [take("I") for _ in range(take("B"))]
        dtype = np.dtype(_DTYPES[take("B")])
        size = take("I")
        yield np.frombuffer(data, dtype, size // dtype.itemsize, at).reshape(shape)
        at += size

    if take("I") != 6:
        raise ValueError(f"{path.name}: not a CTranslate2 model of binary version 6")
    word()
    take("I")
    return dict(tuple(variable()) for _ in range(take("I")))


def check_against_ctranslate2(model: Path) -> float:
    """Mean error of our whole encoder against CTranslate2's own, as a share.

    On noise. What is left is that CTranslate2 stores positions in half precision.

    Raises:
        ValueError: If it is more than that rounding.
    """
    mel = np.random.default_rng(0).uniform(-0.6, 1.4, (1, 80, 3000)).astype(np.float32)
    theirs = WhisperModel(str(model.parent), compute_type="float32").encode(mel[0])
    variables = read_ctranslate2(model)
    layers = sum(name.endswith("ffn/linear_0/bias") for name in variables)
    layers -= sum(
        "decoder/layer" in n and n.endswith("ffn/linear_0/bias") for n in variables
    )
    encoder = WhisperEncoder(variables, layers)
    with torch.no_grad():
        ours = encoder.last(encoder(torch.tensor(mel))[:, -1])
    reference = np.array(theirs)[0]
    error = float(np.abs(reference - ours.numpy()).mean() / np.abs(reference).mean())
    if error > _WORST_ERROR:
        raise ValueError(f"the encoder differs from CTranslate2's by {error:.2%}")
    return error


def export_encoder(model: Path, target: Path) -> None:
    """Write conv and layers 1-3 of a CTranslate2 Whisper as int8 ONNX, checked first.

    Args:
        model: Its `model.bin`, with `config.json` beside it.
        target: The ONNX file to write; its input is `mel`
            [1, 80, n] and its output [n / 2, 3, width].
    """
    print(f"encoder: error against CTranslate2 {check_against_ctranslate2(model):.2%}")
    encoder = WhisperEncoder(read_ctranslate2(model), LAYERS).eval()
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "encoder.onnx"
        torch.onnx.export(
            encoder,
            (torch.zeros(1, 80, 200),),
            str(whole),
            input_names=["mel"],
            output_names=["states"],
            dynamic_axes={"mel": {2: "frames"}, "states": {0: "states"}},
            opset_version=17,
            dynamo=False,
        )
        # Seven bits do not saturate on processors without VNNI: same states anywhere.
        quantize_dynamic(
            whole,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
    finished = onnx.load(target)
    contract = {"layers": LAYERS, "states_per_second": 50, "input": "Whisper log-mel"}
    onnx.helper.set_model_props(finished, {"contract": json.dumps(contract)})
    with atomic_write(target) as partial:
        onnx.save(finished, partial)
