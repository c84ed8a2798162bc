"""Do the cases that ship help with corpora that neither they nor the senses come from?

    python tests/benchmarks/seed_trust.py DATA

asks with posed faces (CK+) and lines of dialogue (MELD, MUStARD++), one sense a clip,
and learns the trust in the seed on the other corpora: prints the weight, and log loss
and accuracy with and without it on the corpus left out. Voices are not asked with: the
seed holds every corpus of them that there is. Needs the extra `train`.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectgraph.agents.evaluation.bootstrap import mean_interval
from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.decision.domains import Domain, one_hot
from affectgraph.agents.training.decision.takes import as_evidence
from affectgraph.agents.training.transcript.data import read_dialogues
from affectgraph.graphs.verdict.memory_experts import case_terms
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.memory import Memory, Space
from affectgraph.memory.trust import JudgedCases, learn_trust
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face import expression
from affectgraph.tools.transcript.emotion import NETWORK, classify
from affectgraph.tools.weights import onnx

Item = TypeVar("Item")
CLIPS = 400
# Emotions of MUStARD++ that are basic ones.
MEANT = {
    "Anger": "angry", "Disgust": "disgust", "Fear": "fear", "Happiness": "happy",
    "Neutral": "neutral", "Sadness": "sad", "Surprise": "surprise",
}  # fmt: skip


def corpora(data: Path) -> Iterator[Domain]:
    """Some clips of each corpus, and what the sense says of them."""
    file = data / "ck48" / "ck48.csv"
    faces = [(row["path"], row["label"]) for row in chosen(read_rows(file))]
    pictures = [Image.open(file.parent / path).convert("L") for path, _ in faces]
    pixels = [np.asarray(picture.resize((48, 48)), np.uint8) for picture in pictures]
    reading = expression.classify(pixels, still=True)
    yield domain(
        "face", "ck+", reading.probabilities, reading.embeddings,
        [label for _, label in faces], expression.EXPRESSION,
    )  # fmt: skip
    dialogue = chosen(read_dialogues(data / "text", "dev"))
    scenes = chosen(
        row
        for row in read_rows(data / "sarcasm" / "mustard.csv")
        if row["Sarcasm"].startswith("0") and row["Implicit_Emotion"] in MEANT
    )
    for name, said in {
        "meld": [(row.text, BASIC_EMOTIONS[row.basic.argmax()]) for row in dialogue],
        "mustard++": [(r["SENTENCE"], MEANT[r["Implicit_Emotion"]]) for r in scenes],
    }.items():
        readings = classify([text for text, _ in said])
        yield domain(
            "transcript",
            name,
            np.array([[*reading.distribution.values()] for reading in readings]),
            np.stack([reading.embedding for reading in readings]),
            [label for _, label in said],
            NETWORK,
        )


def read_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def chosen(items: Iterable[Item]) -> list[Item]:
    """Some of the clips, drawn at random."""
    items = list(items)
    return [items[n] for n in np.random.default_rng(0).permutation(len(items))[:CLIPS]]


def domain(
    sense: str,
    name: str,
    shares: NDArray[Any],
    vectors: NDArray[np.float32],
    labels: list[str],
    network: str,
) -> Domain:
    return Domain(
        sense=sense,
        name=name,
        shares=np.asarray(shares, np.float64),
        quality=shares.max(axis=1).astype(np.float64),
        labels=one_hot([BASIC_EMOTIONS.index(label) for label in labels]),
        groups=np.arange(len(labels)).astype(str),
        vectors=vectors,
        weights=onnx.load(network).sha256,
    )


def judge(domain: Domain, memory: Memory) -> JudgedCases:
    """What the sense and the seed say of some clips of a corpus."""
    rows = np.arange(len(domain.truth))
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
    memory = Memory()
    judged = {domain.name: judge(domain, memory) for domain in corpora(data)}
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
