"""What travels in the window network's file: calibration, quality, what is usual."""

from typing import Any

import numpy as np

from affectgraph.agents.training.face.calibration import calibrate, fit_quality
from affectgraph.agents.training.face.judged import (
    Judged,
    answers,
    logits,
    talking,
    told,
)
from affectgraph.agents.training.face.mesh import MIRRORED
from affectgraph.agents.training.face.network import WindowNetwork
from affectgraph.agents.training.face.speech import Speech
from affectgraph.agents.training.face.window import (
    VoteHead,
    moving,
    stills,
)
from affectgraph.tools.face.window import SIGNS, Usual

_LOOKS = 12
_KNOWN = (0.0, 0.9)


def contract(
    network: WindowNetwork,
    chosen: Judged,
    spoiled: Judged,
    speech: Speech,
    head: VoteHead,
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
    found = calibrate(logits(network, still), chosen.still.votes)
    terms: dict[str, Any] = {
        "mirrored": MIRRORED,
        "temperature": found.temperature,
        "bias": found.bias.tolist(),
        "moving_bias": found.moving_bias.tolist(),
    }
    rows, right = [], []
    for judged in (chosen, spoiled):
        nothing = np.zeros(len(judged.pose), np.float32)
        read = answers(network, stills(judged.still, head), terms)
        rows.append(told(judged, read, False, nothing, 0.0))
        right.append(read.logits.argmax(axis=1) == judged.faces.majority)
        for known in _KNOWN:
            windows, mouth = talking(judged, speech, head, seed, talk=0.75, known=known)
            read = answers(network, windows, terms)
            rows.append(told(judged, read, True, mouth, known))
            right.append(read.logits.argmax(axis=1) == judged.faces.majority)
    terms["quality"] = fit_quality(np.concatenate(rows), np.concatenate(right), SIGNS)
    chance = np.random.default_rng(seed + 1)
    windows = moving(chosen.still, speech, head, _LOOKS, chance, talk=0.75)
    usual = Usual.of(windows.mean(axis=0), len(speech.names))
    terms["usual"] = {
        name: part.round(4).tolist() for name, part in vars(usual).items()
    }
    return terms
