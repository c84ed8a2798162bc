"""Do the cases that ship help with corpora that neither they nor the senses come from?

    python tests/benchmarks/seed_trust.py DATA

asks with posed faces (CK+) and lines of dialogue (MELD, MUStARD++), one sense a clip,
and learns the trust in the seed on the other corpora: prints the weight, and log loss
and accuracy with and without it on the corpus left out. Voices are not asked with: the
seed holds every corpus of them that there is. Needs the extra `train`.
"""

import argparse
from pathlib import Path

import numpy as np

from affectgraph.agents.evaluation.bootstrap import mean_interval
from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.face_domains import face_domains
from affectgraph.agents.training.decision.takes import as_evidence
from affectgraph.agents.training.decision.word_domains import word_domains
from affectgraph.graphs.verdict.memory_experts import case_terms
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import Memory, Space
from affectgraph.memory.trust import JudgedCases, learn_trust
from affectgraph.tools.emotions import BASIC_EMOTIONS

CLIPS = 400
NOT_STRANGERS = ("fer2013", "goemotions")


def judge(domain: Domain, memory: Memory) -> JudgedCases:
    """What the sense and the seed say of some clips of a corpus."""
    rows = np.random.default_rng(0).permutation(len(domain.truth))[:CLIPS]
    space = Space(modality=domain.sense, model=domain.weights)
    senses, evidence = [], []
    for row in rows.tolist():
        fused = pool([as_evidence(domain, row)])
        leading, *rivals = sorted(BASIC_EMOTIONS, key=lambda e: -fused.distribution[e])
        cases = memory.recall(
            {space: domain.vectors[row]}, leading=leading, rivals=rivals, k=3
        )
        terms = case_terms({str(n): case for n, case in enumerate(cases)}, 1.0)
        senses.append([*fused.distribution.values()])
        evidence.append(
            [sum(term[e] for term in terms.values()) for e in BASIC_EMOTIONS]
        )
    return JudgedCases(
        np.log(np.maximum(senses, 1e-6)),
        np.array(evidence),
        domain.truth[rows],
        np.ones(len(rows)),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    domains = [*face_domains(data, 0), *word_domains(data)]
    memory = Memory()
    judged = {
        domain.name: judge(domain, memory)
        for domain in domains
        if not domain.moving
        and not domain.familiar
        and not domain.name.startswith(NOT_STRANGERS)
    }
    for name, test in judged.items():
        others = [other for key, other in judged.items() if key != name]
        joined = map(np.concatenate, zip(*others, strict=True))
        trust = learn_trust(JudgedCases(*joined), 0)
        rows, label = np.arange(len(test.label)), test.label
        own = learn_trust(test, 0)
        for weight in {trust.value, own.value, 1.0}:
            before = softmax(test.senses)
            after = softmax(test.senses + weight * test.evidence)
            gain = np.log(after[rows, label] / before[rows, label])
            print(
                f"{name}: {len(rows)} clips, weight {weight:.2f} (learned on the "
                f"others {trust.value:.2f}, on itself {own.value:.2f}); gain "
                f"{mean_interval(gain, [str(row) for row in rows])} nats, accuracy "
                f"{(before.argmax(1) == label).mean():.3f} to "
                f"{(after.argmax(1) == label).mean():.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
