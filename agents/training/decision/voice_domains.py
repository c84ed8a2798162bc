"""Voices: each corpus, read by a head that was fitted without it.

And by one that was fitted on other speakers of the same corpus, too.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.decision.domains import FAMILIAR, Domain, one_hot
from affectgraph.agents.training.prosody.recipe import load_held_out_scores
from affectgraph.tools.evidence import Measurement
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.measures import UNITS, compare_with_reference
from affectgraph.tools.weights import onnx

Floats = NDArray[np.float64]


def voice_domains(data: Path, out: Path, seed: int) -> Iterator[Domain]:
    """Yield each corpus of voices; `out` is where the prosody recipe caches them."""
    voices, unheard, held_out = load_held_out_scores(data, out, seed)
    network = onnx.load(head.HEAD)
    readings = head.classify_voice(voices.features[:, 0])
    vectors = np.stack([reading.embedding for reading in readings])
    measured = [
        _measurements(row, reading.neutral_pitch)
        for row, reading in zip(voices.measures, readings, strict=True)
    ]
    for scores, familiar in ((unheard, False), (held_out, True)):
        shares = softmax(scores, network.contract["temperature"]["cold"])
        pairs = zip(shares.max(axis=1), voices.seconds, strict=True)
        quality = [head.estimate_quality(float(c), float(s)) for c, s in pairs]
        for corpus in np.unique(voices.corpus):
            rows = np.flatnonzero(voices.corpus == corpus)
            yield Domain(
                sense="prosody",
                name=f"{corpus}{FAMILIAR}" if familiar else str(corpus),
                shares=shares[rows],
                quality=np.array(quality)[rows],
                labels=one_hot(voices.emotion[rows]),
                groups=voices.speaker[rows],
                vectors=vectors[rows],
                weights=network.sha256,
                familiar=familiar,
                measurements=[measured[row] for row in rows],
            )


def _measurements(values: Floats, neutral_pitch: float) -> dict[str, Measurement]:
    named = zip(UNITS, values.tolist(), strict=True)
    known = {name: value for name, value in named if not np.isnan(value)}
    reference = onnx.load(head.HEAD).contract["reference"]
    return compare_with_reference(known, reference, neutral_pitch)
