"""What travels in the window network's file: calibration, quality, what is usual."""

from typing import Any

import numpy as np
import torch

from affectgraph.tools.face.training_calibration import calibrate, fit_quality
from affectgraph.tools.face.training_judged import Judged, answers, talking, told
from affectgraph.tools.face.training_network import WindowNetwork
from affectgraph.tools.face.training_speech import Speech
from affectgraph.tools.face.training_window import (
    Head,
    moving,
    stills,
)
from affectgraph.tools.face.window import usual_of

_LOOKS = 12
_KNOWN = (0.0, 0.9)


def contract(
    network: WindowNetwork,
    chosen: Judged,
    spoiled: Judged,
    speech: Speech,
    head: Head,
    seed: int,
) -> dict[str, Any]:
    """Fitted on faces that are neither learned from nor judged on.

    Args:
        network: Trained.
        chosen: The faces as they come.
        spoiled: The same, spoiled.
        speech: Makes them speak.
        head: Of the picture network.
        seed: Of everything random.
    """
    still = stills(chosen.still, head)
    with torch.no_grad():
        logits = network(torch.from_numpy(still)).numpy()
    found = calibrate([logits], [chosen.still.votes])
    terms: dict[str, Any] = {
        "temperature": found.temperature,
        "bias": found.bias.tolist(),
    }
    rows, right = [], []
    for judged in (chosen, spoiled):
        read = answers(network, stills(judged.still, head), terms)
        rows.append(told(judged, read, 1, np.zeros(len(judged.pose), np.float32), 0.0))
        right.append(read.logits.argmax(axis=1) == judged.faces.majority)
    for known in _KNOWN:
        windows, mouth = talking(chosen, speech, head, seed, talk=0.75, known=known)
        read = answers(network, windows, terms)
        rows.append(told(chosen, read, _LOOKS, mouth, known))
        right.append(read.logits.argmax(axis=1) == chosen.faces.majority)
    terms["quality"] = fit_quality(np.concatenate(rows), np.concatenate(right))
    chance = np.random.default_rng(seed + 1)
    windows = moving(chosen.still, speech, head, _LOOKS, chance, talk=0.75)
    votes, moves = usual_of(windows.mean(axis=0), len(speech.names))
    terms["usual"] = {
        "votes": votes.round(4).tolist(),
        "movements": moves.round(4).tolist(),
    }
    return terms
