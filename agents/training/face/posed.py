"""Posed faces of another corpus, which nothing is learned from."""

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.face.data import Faces
from affectgraph.agents.training.face.evaluation import (
    Contract,
    EvaluatedFaces,
    Measure,
    read_windows,
    uncalibrated,
)
from affectgraph.agents.training.face.figures import figures
from affectgraph.agents.training.face.network import WindowNetwork
from affectgraph.agents.training.face.window import VoteHead, stills
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def posed_figures(
    folder: Path,
    measure: Measure,
    network: WindowNetwork,
    contract: Contract,
    head: VoteHead,
) -> str:
    """Figures of posed faces (CK+), which nothing was learned from."""
    with (folder / "ck48.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in BASIC_EMOTIONS]
    pixels = np.stack([_grey(folder / row["path"]) for row in rows])
    truth = np.array([BASIC_EMOTIONS.index(row["label"]) for row in rows])
    faces = Faces(pixels, truth, np.zeros((len(rows), 8), np.float32))
    judged = EvaluatedFaces.of(faces, measure)
    windows = stills(judged.still, head)
    after = read_windows(network, windows, contract).probabilities
    before = read_windows(network, windows, uncalibrated(contract)).probabilities
    return figures("posed faces, CK+", before, after, truth)


def _grey(file: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise SettingError(f"{file}: no picture")
    grey: NDArray[np.uint8] = picture
    return grey
