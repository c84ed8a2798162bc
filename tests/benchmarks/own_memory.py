"""Do twenty cases of a person's own help with other takes of that person?

    python tests/benchmarks/own_memory.py DATA OUT [--cases 20] [--repeats 4]

takes recorded voices (RAVDESS, EmoDB, nEMO) by heads that were fitted without the whole
corpus, or without the speaker; OUT caches voices and heads' answers. For each speaker
it draws cases at random, puts them into a memory, and asks about the other takes. It
prints log loss and accuracy with and without the memory, and the same for memories
whose labels were shuffled. Intervals are 95%, by bootstrap over speakers. Needs the
extra `train`.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.affect_space.data import is_test_speaker
from affectgraph.agents.training.decision.domains import Domain, one_hot
from affectgraph.agents.training.decision.takes import as_evidence
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.head import fit, logits
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.agents.training.prosody.recipe import load_voices
from affectgraph.graphs.verdict.memory_experts import add_memories
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import Case, Memory, Space
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_savez
from affectgraph.tools.prosody.head import HEAD, estimate_quality, population_norms
from affectgraph.tools.weights import onnx

VOICE = Space(modality="prosody", model="0" * 64)
MIN_ASKED = 10


class Figures(NamedTuple):
    """Figures of one memory, over the takes it was asked about."""

    speaker: str
    before: float
    after: float
    right_before: float
    right_after: float
    trusted: float


def left_out(voices: Voices, test: NDArray[np.bool_], name: str, cache: Path) -> Domain:
    """Read some of the voices by a head that was fitted on all others."""
    rows = np.flatnonzero(test)
    features = voices.features[rows, 0]
    if not cache.is_file():
        others = np.flatnonzero(~test)
        network = fit(voices, others, HeadSettings(), 0, cold_only=True)
        with torch.no_grad():
            anybody = torch.tensor(population_norms(features.shape[1]))
            _, vectors, *_ = network(torch.tensor(features), anybody, torch.zeros(1))
        scores = logits(network, features)
        atomic_savez(cache, scores=scores, vectors=vectors.numpy())
    with np.load(cache, allow_pickle=False) as arrays:
        scores, vectors = arrays["scores"], arrays["vectors"]
    # Fitted for the shipped head, on corpora left out.
    temperature = float(onnx.load(HEAD).contract["temperature"]["cold"])
    shares = softmax(scores, temperature)
    pairs = zip(shares.max(axis=1), voices.seconds[rows], strict=True)
    return Domain(
        sense="prosody",
        name=name,
        shares=shares,
        quality=np.array([estimate_quality(float(c), float(s)) for c, s in pairs]),
        labels=one_hot(voices.emotion[rows]),
        groups=voices.speaker[rows],
        vectors=vectors,
        weights=VOICE.model,
    )


def ask(
    domain: Domain, own: NDArray[np.int64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Answers about the other takes of the speaker of some cases.

    Returns:
        Probabilities without and with the memory [n, 7], and its trust.
    """
    others = np.setdiff1d(np.flatnonzero(domain.groups == domain.groups[own[0]]), own)
    memory = Memory(seed=False)
    memory.add_all(
        (
            Case(
                sha256=f"{row:064x}",
                label=BASIC_EMOTIONS[label],
                pooled=tuple(pool([as_evidence(domain, row)]).distribution.values()),
            ),
            {VOICE: domain.vectors[row]},
        )
        for row, label in zip(own.tolist(), labels.tolist(), strict=True)
    )
    trust = memory.trust()
    before, after = [], []
    for row in others.tolist():
        fused = pool([as_evidence(domain, row)])
        leading, *rivals = sorted(BASIC_EMOTIONS, key=lambda e: -fused.distribution[e])
        cases = memory.recall(
            {VOICE: domain.vectors[row]}, leading=leading, rivals=rivals, k=3
        )
        moved, _ = add_memories(fused, cases, trust)
        before.append([*fused.distribution.values()])
        after.append([*moved.distribution.values()])
    memory.close()
    return np.array(before), np.array(after), trust.value


def measure(
    domain: Domain, cases: int, repeats: int, *, shuffled: bool
) -> Iterator[Figures]:
    """Figures of memories of each speaker who has enough takes."""
    rng = np.random.default_rng(0)
    for speaker in np.unique(domain.groups):
        takes = np.flatnonzero(domain.groups == speaker)
        for _ in range(repeats if len(takes) >= cases + MIN_ASKED else 0):
            own = np.sort(rng.permutation(takes)[:cases])
            labels = domain.truth[own]
            before, after, trust = ask(
                domain, own, rng.permutation(labels) if shuffled else labels
            )
            truth = domain.truth[np.setdiff1d(takes, own)]
            rows = np.arange(len(truth))
            losses = [-np.log(p[rows, truth]).mean() for p in (before, after)]
            right = [float((p.argmax(axis=1) == truth).mean()) for p in (before, after)]
            yield Figures(str(speaker), *losses, *right, float(trust > 0))


def print_figures(name: str, figures: list[Figures]) -> None:
    speakers = np.array([each.speaker for each in figures])
    values = np.array([each[1:] for each in figures], float)
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(speakers == s) for s in np.unique(speakers)]
    drawn = []
    for _ in range(2_000):
        picked = rng.integers(0, len(members), len(members))
        drawn.append(summarize(values[np.concatenate([members[i] for i in picked])]))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    before, after, right_before, right_after, opened = values.mean(axis=0)
    (drop, rise) = summarize(values)
    print(
        f"{name}: {len(members)} speakers, {len(values)} memories, trusted "
        f"{opened:.2f}; log loss {before:.3f} to {after:.3f}, "
        f"{drop:+.3f} [{low[0]:+.3f}, {high[0]:+.3f}] of it; accuracy "
        f"{right_before:.3f} to {right_after:.3f}, "
        f"{rise:+.3f} [{low[1]:+.3f}, {high[1]:+.3f}]",
        flush=True,
    )


def summarize(values: NDArray[np.float64]) -> tuple[float, float]:
    """Relative change of the log loss, and change of accuracy."""
    before, after, right_before, right_after, _ = values.mean(axis=0)
    return after / before - 1.0, right_after - right_before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    voices = load_voices(arguments.data, arguments.out)
    for corpus in np.unique(voices.corpus):
        settings = {
            "speaker left out": is_test_speaker(voices) & (voices.corpus == corpus),
            "corpus left out": voices.corpus == corpus,
        }
        for setting, test in settings.items():
            name = f"{corpus}, {setting}"
            cache = arguments.out / f"own-{corpus}-{setting.replace(' ', '-')}.npz"
            domain = left_out(voices, test, name, cache)
            for shuffled in (False, True):
                figures = measure(
                    domain, arguments.cases, arguments.repeats, shuffled=shuffled
                )
                print_figures(f"{name}{', shuffled' * shuffled}", list(figures))


if __name__ == "__main__":
    main()
