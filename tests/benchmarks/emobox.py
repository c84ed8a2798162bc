"""Our voice features as EmoBox measures them: its folds, its classes, its scores.

    python tests/benchmarks/emobox.py DATA/speech/emodb DATA/emobox/emodb

The first folder holds the recordings, at any depth, the second the official folds
(`*_train_fold_1.jsonl`, `*_test_fold_1.jsonl`, ...). In each fold a head is trained on
features of the training recordings, clean and distorted once. Printed are UA (mean
recall), WA (accuracy) and macro F1, in percent, and their means over the folds.
Source: Ma et al. (2024), "EmoBox", Interspeech. Needs the extra `train`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from affectgraph.agents.evaluation.metrics import (
    accuracy,
    confusion_tables,
    macro_f1,
    uar,
)
from affectgraph.agents.training.prosody.burst_features import encode_recording
from affectgraph.agents.training.prosody.burst_network import fit_classifier, predict
from affectgraph.agents.training.prosody.features import extract_versions
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.tools.clip import Clip

# A fold has few recordings, so steps are small and many.
SETTINGS = HeadSettings(epochs=30, batch=32)

Copies = dict[str, NDArray[np.float32]]


def read_fold(file: Path) -> dict[str, str]:
    """Label of each recording of a fold, by file name without its ending."""
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return {row["key"].split("-", 1)[1]: row["emo"] for row in rows}


def extract(path: Path, number: int) -> NDArray[np.float32]:
    """Features of a recording, clean and distorted: float32 [copies, f]."""
    signal = Clip.open(path).audio()
    versions = extract_versions(signal, 2, np.random.default_rng(number))
    if versions is None:
        return encode_recording(signal).features()[None]
    return versions.features


def score_fold(
    copies: Copies, train: dict[str, str], test: dict[str, str], fold: int
) -> tuple[float, float, float]:
    """UA, WA and macro F1 of a head trained on one part and tested on the other."""
    classes = sorted({*train.values(), *test.values()})
    rows = [
        (row, classes.index(label))
        for key, label in train.items()
        for row in copies[key]
    ]
    features, label = map(np.array, zip(*rows, strict=True))
    network = fit_classifier(features, label, len(classes), fold, SETTINGS)
    truth = np.array([classes.index(label) for label in test.values()])
    answer = predict(network, np.array([copies[key][0] for key in test])).argmax(axis=1)
    tables = confusion_tables(truth, answer, classes=len(classes))
    return (
        float(uar(tables)[0]),
        float(accuracy(tables)[0]),
        float(macro_f1(tables)[0]),
    )


def main(recordings: Path, folds: Path) -> None:
    torch.set_num_threads(1)
    parts = [
        (
            read_fold(test),
            read_fold(Path(str(test).replace("test", "train"))),
        )
        for test in sorted(folds.glob("*_test_fold_*.jsonl"))
    ]
    wanted = {key for pair in parts for part in pair for key in part}
    files = {path.stem: path for path in recordings.rglob("*") if path.stem in wanted}
    print(f"{len(files)} of {len(wanted)} recordings, {len(parts)} folds", flush=True)
    copies = {key: extract(files[key], n) for n, key in enumerate(sorted(files))}
    scores = []
    for fold, (test, train) in enumerate(parts):
        here = [
            {k: v for k, v in part.items() if k in copies} for part in (train, test)
        ]
        if here[1]:
            scores.append(score_fold(copies, *here, fold))
            print(f"fold {fold + 1}: {_percent(scores[-1])}", flush=True)
    print(f"mean: {_percent(np.mean(scores, axis=0))}")


def _percent(scores: ArrayLike) -> str:
    ua, wa, f1 = 100.0 * np.asarray(scores)
    return f"UA {ua:.1f}, WA {wa:.1f}, macro F1 {f1:.1f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
