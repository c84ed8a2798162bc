"""The contract in the window network's file: calibration, quality, average face."""

from typing import Any

import numpy as np

from affectgraph.agents.training.face.calibration import (
    MOVING_LEVEL,
    STILL_LEVEL,
    calibrate,
    fit_quality,
)
from affectgraph.agents.training.face.evaluation import (
    EvaluatedFaces,
    all_quality_terms,
    read_windows,
    talking_windows,
    vote_logits,
)
from affectgraph.agents.training.face.mesh import MIRRORED
from affectgraph.agents.training.face.network import WindowNetwork
from affectgraph.agents.training.face.speech import Speech
from affectgraph.agents.training.face.window import (
    VoteHead,
    moving,
    stills,
)
from affectgraph.tools.face.quality import SIGNS
from affectgraph.tools.face.window import AverageFace

_LOOKS = 12
_KNOWN = (0.0, 0.9)


def contract(
    network: WindowNetwork,
    chosen: EvaluatedFaces,
    spoiled: EvaluatedFaces,
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
    votes = chosen.still.votes
    still = vote_logits(network, stills(chosen.still, head))
    windows, _ = talking_windows(chosen, speech, head, seed, talk=0.75)
    moved = vote_logits(network, windows)
    terms: dict[str, Any] = {
        "still": vars(calibrate(still, votes, STILL_LEVEL)),
        "moving": vars(calibrate(moved, votes, MOVING_LEVEL)),
    }
    terms["mirrored"] = MIRRORED
    rows, right = [], []
    for judged in (chosen, spoiled):
        nothing = np.zeros(len(judged.pose), np.float32)
        reading = read_windows(network, stills(judged.still, head), terms)
        rows.append(all_quality_terms(judged, reading, False, nothing, 0.0))
        right.append(reading.logits.argmax(axis=1) == judged.faces.majority)
        for known in _KNOWN:
            windows, mouth = talking_windows(
                judged, speech, head, seed, talk=0.75, known=known
            )
            reading = read_windows(network, windows, terms)
            rows.append(all_quality_terms(judged, reading, True, mouth, known))
            right.append(reading.logits.argmax(axis=1) == judged.faces.majority)
    terms["quality"] = fit_quality(np.concatenate(rows), np.concatenate(right), SIGNS)
    chance = np.random.default_rng(seed + 1)
    windows = moving(chosen.still, speech, head, _LOOKS, chance, talk=0.75)
    average = AverageFace.of(windows.mean(axis=0), len(speech.names))
    terms["usual"] = {
        name: part.round(4).tolist() for name, part in vars(average).items()
    }
    return terms
