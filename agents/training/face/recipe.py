"""Training recipe of the face sense: `affectgraph train face --data DIR --out DIR`.

Deterministic by seed, one thread. FER2013 with FERPlus votes; no image occurs twice.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from affectgraph.agents.training.face.augmented import seen_in
from affectgraph.agents.training.face.calibration import (
    Blend,
    choose_blend,
    choose_temperature,
    fit_quality,
    heads,
    spoil,
)
from affectgraph.agents.training.face.data import (
    Faces,
    as_array,
    fresh,
    read,
    without_duplicates,
)
from affectgraph.agents.training.face.export import export, run, write_contract
from affectgraph.agents.training.face.figures import figures, quality_curve
from affectgraph.agents.training.face.fit import fit
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face.expression import EXPRESSION, quality, softmax

_EXAMPLES = 1024

Contract = dict[str, Any]


def train(
    data: Path, out: Path, *, seed: int = 0, more: Sequence[AugmentedClip] = ()
) -> None:
    """Learn, calibrate, export and report; about two hours and a quarter of one core.

    Every setting is chosen on one half of the validation faces, every figure printed
    is of the other half.

    Args:
        data: Folder of the shared data layout; `faces/fer2013_*.npz` are read.
        out: Folder to write `face-expression.onnx` to.
        seed: Of everything random.
        more: Augmented clips to learn from, too, and not to be judged on.

    Raises:
        SettingError: If an augmented clip cannot be opened.
    """
    torch.set_num_threads(1)
    shown, added = seen_in(more)
    learned, chosen_on, judged_on = load(data)
    print(
        f"{len(learned.labels)} faces to learn from, {len(judged_on.labels)} to judge"
    )
    if shown:
        new = fresh(added, learned.beside(chosen_on).beside(judged_on))
        print(summarize_clips([shown[number] for number in new]))
        learned = learned.beside(added.take(new))
    network = fit(learned, seed=seed)
    votes, labels = heads(network, chosen_on)
    blend = choose_blend(votes, labels, chosen_on)
    out.mkdir(parents=True, exist_ok=True)
    file = out / EXPRESSION
    export(network, blend, as_array(learned.take(np.arange(_EXAMPLES))), file)
    contract = calibrate(file, blend, chosen_on, seed)
    write_contract(file, contract)
    print(report(file, contract, judged_on, seed))


def load(data: Path) -> tuple[Faces, Faces, Faces]:
    """Faces to learn from, to choose settings on, and to judge on."""
    held = without_duplicates(read(data / "faces" / "fer2013_validation.npz"))
    everything = read(data / "faces" / "fer2013_train.npz")
    learned = without_duplicates(everything, seen=held)
    order = np.arange(len(held.labels))
    return learned, held.take(order[::2]), held.take(order[1::2])


def calibrate(file: Path, blend: Blend, faces: Faces, seed: int) -> Contract:
    """The contract that travels in the file."""
    logits = run(file, as_array(faces))
    temperature = choose_temperature(logits, faces)
    log_prior = np.log(softmax(logits / temperature).mean(0))
    spoiled = spoil(faces, np.random.default_rng(seed))
    worse = run(file, as_array(spoiled)) / temperature
    return {
        "classes": list(BASIC_EMOTIONS),
        "input": "faces float32 [n, 1, 48, 48], grey, 0 to 1, framed as in alignment",
        "embedding": 192,
        "votes_share": blend.votes,
        "level": blend.level,
        "temperature": round(temperature, 4),
        "log_prior": [round(float(p), 4) for p in log_prior],
        "quality": fit_quality(worse, spoiled),
    }


def report(file: Path, contract: Contract, faces: Faces, seed: int) -> str:
    """Figures of the card."""
    temperature = float(contract["temperature"])
    logits = run(file, as_array(faces))
    before, after = softmax(logits), softmax(logits / temperature)
    known = faces.majority >= 0
    spoiled = spoil(faces, np.random.default_rng(seed + 1)).take(np.flatnonzero(known))
    worse = softmax(run(file, as_array(spoiled)) / temperature)
    right = worse.argmax(1) == spoiled.majority
    sure = [quality(contract, likely) for likely in worse]
    return "\n".join(
        [
            figures("FER2013 labels", before, after, faces.labels),
            figures(
                "FERPlus majority", before[known], after[known], faces.majority[known]
            ),
            f"spoiled faces, accuracy {right.mean():.3f}",
            quality_curve(np.array(sure), right),
        ]
    )
