"""Figures of the face sense: on faces as they come, spoiled, and made to speak."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import mean_recall
from affectgraph.agents.training.face.calibration import spoil
from affectgraph.agents.training.face.data import Faces
from affectgraph.agents.training.face.figures import (
    divergence,
    figures,
    one_annotator,
    quality_curve,
    shared_error,
)
from affectgraph.agents.training.face.mesh import MIRRORED, TAUGHT
from affectgraph.agents.training.face.network import WindowNetwork
from affectgraph.agents.training.face.speech import Speech, Still
from affectgraph.agents.training.face.window import (
    VoteHead,
    moving,
    stills,
)
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import clearness
from affectgraph.tools.face.quality import Conditions, quality_terms
from affectgraph.tools.face.window import (
    WindowReading,
    calibrated,
    is_moving,
    softmax,
)

# Looks at a face that was made to move: two and a half seconds.
_LOOKS = 12
_PRIOR_REMOVED = 0.5

Array = NDArray[np.float32]
Measure = Callable[[Faces], tuple[Array, Array, Array]]
Contract = dict[str, Any]


@dataclass(frozen=True)
class EvaluatedFaces:
    """Labelled faces and what the networks measure on them.

    Attributes:
        faces: With labels and votes.
        still: What the networks measure.
        pose: float32 [n, 3].
        clear: float32 [n, 2], sharpness and contrast.
    """

    faces: Faces
    still: Still
    pose: Array
    clear: Array

    @classmethod
    def of(cls, faces: Faces, measure: Measure) -> "EvaluatedFaces":
        """Look at faces."""
        moves, pose, embeddings = measure(faces)
        clear = np.array([clearness(face) for face in faces.pixels], np.float32)
        return cls(faces, Still(moves, embeddings, faces.votes), pose, clear)

    def spoiled(self, measure: Measure, seed: int) -> "EvaluatedFaces":
        """The same faces seen worse."""
        return EvaluatedFaces.of(
            spoil(self.faces, np.random.default_rng(seed)), measure
        )


def read_windows(
    network: WindowNetwork, windows: Array, contract: Contract
) -> WindowReading:
    """What windows are read as."""
    return WindowReading.of(
        calibrated(vote_logits(network, windows), is_moving(windows), contract)
    )


def uncalibrated(contract: Contract) -> Contract:
    """The same without a temperature for photographs."""
    return {**contract, "still": {**contract["still"], "temperature": 1.0}}


def vote_logits(network: WindowNetwork, windows: Array) -> Array:
    """Votes [n, 8] for windows, before calibration."""

    def run(rows: Array) -> Array:
        with torch.no_grad():
            votes: Array = network(torch.from_numpy(rows)).numpy()
        return votes

    return window.vote_logits(windows, run, MIRRORED)


def all_quality_terms(
    judged: EvaluatedFaces,
    reading: WindowReading,
    moved: bool,
    mouth: Array,
    known: float,
) -> Array:
    """Terms of the quality of each face, [n, k]."""
    rows = []
    for number, (clear, pose) in enumerate(zip(judged.clear, judged.pose, strict=True)):
        turned = abs(float(pose[1]))
        sharpness, contrast = map(float, clear)
        jaw = float(mouth[number])
        conditions = Conditions(sharpness, contrast, turned, moved, jaw, known)
        rows.append(quality_terms(reading, number, conditions))
    return np.array(rows, np.float32)


def talking_windows(
    judged: EvaluatedFaces,
    speech: Speech,
    head: VoteHead,
    seed: int,
    *,
    talk: float = 1.0,
    known: float = 0.0,
) -> tuple[Array, Array]:
    """Windows of faces that speak, and how much the jaw of each moves."""
    chance = np.random.default_rng(seed)
    windows = moving(judged.still, speech, head, _LOOKS, chance, talk=talk, known=known)
    chance = np.random.default_rng(seed)
    jaws = speech(judged.still, _LOOKS, chance, talk=talk)[0]
    return windows, jaws[..., TAUGHT.index("jawOpen")].std(axis=1)


def photograph_figures(
    network: WindowNetwork, contract: Contract, judged: EvaluatedFaces, head: VoteHead
) -> str:
    """Figures of the faces as they come."""
    windows = stills(judged.still, head)
    after = read_windows(network, windows, contract).probabilities
    before = read_windows(network, windows, uncalibrated(contract)).probabilities
    faces, has_majority = judged.faces, judged.faces.majority >= 0
    seven = faces.votes[:, :7]
    voted = seven.sum(axis=1) > 0
    shares = seven[voted] / seven[voted].sum(axis=1, keepdims=True)
    return "\n".join(
        [
            figures(
                "FERPlus majority",
                before[has_majority],
                after[has_majority],
                faces.majority[has_majority],
            ),
            f"  against shares of votes: calibration error "
            f"{shared_error(after[voted], shares):.3f},"
            f" divergence {divergence(shares, after[voted]):.3f} nats",
            figures("FER2013 words", before, after, faces.labels),
        ]
    )


def vote_figures(
    network: WindowNetwork,
    contract: Contract,
    judged: EvaluatedFaces,
    head: VoteHead,
    ballots: Array,
) -> str:
    """The answer against the votes of all people who saw a face, beside one of them.

    Args:
        network: Trained.
        contract: Its calibration.
        judged: Faces.
        head: Of the picture network.
        ballots: float32 [n, 8], votes of people.
    """
    voted = ballots.sum(axis=1) > 1
    windows = stills(judged.still, head)[voted]
    votes = calibrated(vote_logits(network, windows), is_moving(windows), contract)
    likely = softmax(votes)
    shares = ballots[voted] / ballots[voted].sum(axis=1, keepdims=True)
    return (
        f"all votes, contempt too: divergence {divergence(shares, likely):.3f} nats, "
        f"of one annotator from the others {one_annotator(ballots[voted]):.3f}, of "
        f"what is usual {divergence(shares, shares.mean(axis=0)[None]):.3f}; "
        f"calibration error {shared_error(likely, shares):.3f}"
    )


def speech_figures(
    network: WindowNetwork,
    contract: Contract,
    judged: EvaluatedFaces,
    head: VoteHead,
    speech: Speech,
) -> str:
    """How much weaker the answer is when a face speaks, as it was read and as it is."""
    has_majority = judged.faces.majority >= 0
    truth = judged.faces.majority[has_majority]
    log_prior = np.log(softmax(head(judged.still.embeddings))[:, :7].mean(axis=0))
    lines = ["faces made to move, accuracy and UAR by FERPlus majority"]
    for name, talk, share in (
        ("silent", 0.0, 0.0),
        ("speaking", 1.0, 0.0),
        ("speaking, face known", 1.0, 0.9),
    ):
        windows, _ = talking_windows(judged, speech, head, 7, talk=talk, known=share)
        pooled = (windows[:, :7] + windows[:, 8:15]) / 2.0 - _PRIOR_REMOVED * log_prior
        ways = (
            ("by rule", pooled.argmax(axis=1)),
            ("learned", read_windows(network, windows, contract).logits.argmax(axis=1)),
        )
        lines += [
            f"  {name}, {way}: {(answer[has_majority] == truth).mean():.3f}"
            f" {mean_recall(truth, answer[has_majority]):.3f}"
            for way, answer in ways
        ]
    return "\n".join(lines)


def quality_figures(
    network: WindowNetwork,
    contract: Contract,
    spoiled: EvaluatedFaces,
    judged: EvaluatedFaces,
    head: VoteHead,
    speech: Speech,
) -> str:
    """How far the quality tells who is read right."""
    still = read_windows(network, stills(spoiled.still, head), contract)
    windows, mouth = talking_windows(judged, speech, head, 11)
    moved = read_windows(network, windows, contract)
    lines, nothing = [], np.zeros(len(spoiled.pose), np.float32)
    for name, evaluated, reading, is_talking, jaw in (
        ("spoiled photographs", spoiled, still, False, nothing),
        ("faces made to speak", judged, moved, True, mouth),
    ):
        fitted = contract["quality"]
        inputs = all_quality_terms(evaluated, reading, is_talking, jaw, 0.0)
        score = inputs @ np.array(fitted["slopes"])
        predicted = 1.0 / (1.0 + np.exp(-(score + fitted["offset"])))
        right = reading.logits.argmax(axis=1) == evaluated.faces.majority
        lines += [f"{name}, right {right.mean():.3f}", quality_curve(predicted, right)]
    return "\n".join(lines)
