"""The head that reads emotion from multilingual sentence vectors.

It learns from English comments (CC BY 4.0) only. Since sentences of one meaning have
similar vectors in all languages of the encoder, it reads the others too.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from affectgraph.agents.training.onnx_files import export_onnx, save_with_contract
from affectgraph.agents.training.transcript.calibration import (
    CalibrationSet,
    fit_register,
)
from affectgraph.agents.training.transcript.data import TextExample
from affectgraph.agents.training.transcript.figures import basic_report
from affectgraph.agents.training.transcript.network import class_weight
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.transcript.emotion import (
    MULTILINGUAL_NETWORK,
    calibrate_logits,
)
from affectgraph.tools.transcript.multilingual import WIDTH, encode_sentences
from affectgraph.tools.transcript.spelling import spell_out

HIDDEN = 512
EPOCHS = 8
BATCH = 256
LEARNING_RATE = 1e-3
# Vectors have length one; the network wants entries near one.
_SCALE = 8.0
_STRIDE = 2
_OWN_WEIGHT, _NEUTRAL_WEIGHT = 0.6, 0.4

Vectors = NDArray[np.float32]


class VectorHead(nn.Module):
    """Two layers from a sentence vector [n, 512] to logits [n, 7]."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(WIDTH, HIDDEN), nn.GELU(), nn.Dropout(0.3), nn.Linear(HIDDEN, 7)
        )

    def forward(self, vector: torch.Tensor) -> torch.Tensor:
        """Logits of the basic emotions."""
        logits: torch.Tensor = self.layers(_SCALE * vector)
        return logits


def train_multilingual(
    train: Sequence[TextExample],
    held_out: Sequence[TextExample],
    dev: Sequence[TextExample],
    neutral: Sequence[TextExample],
    out: Path,
) -> None:
    """Train the head on every second comment, calibrate, export and report.

    Args:
        train: Comments to learn from.
        held_out: Comments to calibrate on.
        dev: Comments for the figures.
        neutral: Sentences that were spoken with every emotion, for calibration.
        out: Folder of `transcript-multilingual.onnx`.
    """
    head = _fit(train[::_STRIDE])
    file = out / MULTILINGUAL_NETWORK
    export_onnx(
        head,
        {"vector": torch.zeros(2, WIDTH)},
        ["logits"],
        file,
        dynamic_axes={"vector": {0: "n"}, "logits": {0: "n"}},
    )
    register = fit_register(
        [
            CalibrationSet(read_logits(file, held_out), held_out, _OWN_WEIGHT),
            CalibrationSet(read_logits(file, neutral), neutral, _NEUTRAL_WEIGHT),
        ]
    )
    contract = {"classes": BASIC_EMOTIONS, "written": register}
    save_with_contract(onnx.load(file), file, contract)
    logits = read_logits(file, dev)
    raw = torch.from_numpy(logits).softmax(1).numpy()
    calibrated = calibrate_logits(logits, register)
    print(*basic_report("multilingual, dev", dev, calibrated, raw), sep="\n")


def read_logits(file: Path, examples: Sequence[TextExample]) -> Vectors:
    """Logits of the exported head: [n, 7]."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    logits: Vectors = session.run(None, {"vector": _encode(examples)})[0]
    return logits


def _encode(examples: Sequence[TextExample]) -> Vectors:
    return encode_sentences([spell_out(example.text) for example in examples])


def _fit(examples: Sequence[TextExample]) -> VectorHead:
    head = VectorHead()
    vectors = torch.from_numpy(_encode(examples))
    targets = torch.from_numpy(np.stack([example.basic for example in examples]))
    weight = class_weight(examples)
    optimiser = torch.optim.AdamW(
        head.parameters(), lr=LEARNING_RATE, weight_decay=0.05
    )
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(vectors)).split(BATCH):
            loss = F.cross_entropy(head(vectors[batch]), targets[batch], weight=weight)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    head.eval()
    return head
