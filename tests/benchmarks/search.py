"""How well a memory is searched by text: word matching against meaning.

    python tests/benchmarks/search.py DATA

DATA is the shared data layout. Summaries are made of real clips by the senses, as
`affectgraph memory add` makes them. A query's right answers are decided by what was
measured (the sentences of facts in a summary), not by whoever wrote the query. Average
precision over all summaries, mean over queries; the bootstrap is over queries.
"""

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np

from affectgraph.agents.annotation import summarize_evidence
from affectgraph.agents.training.seed import datasets
from affectgraph.memory import Case
from affectgraph.memory.clip_vectors import perceive_clip
from affectgraph.memory.text_search import score_cases
from affectgraph.tools import registry
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import ClipError
from affectgraph.tools.transcript.emotion import classify

# What was asked, and what a right summary says (all of these).
QUERIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("smiles", ("Smiles",)),
    ("a grinning face", ("Smiles",)),
    ("frowning, knitted brows", ("Brows lowered",)),
    ("eyebrows go up", ("brows raised",)),
    ("the mouth hangs open", ("Mouth open",)),
    ("downturned mouth", ("Lip corners down",)),
    ("squinting", ("Eyes narrowed",)),
    ("looks sad", ("its expression is nearest to sad",)),
    ("an angry face", ("its expression is nearest to angry",)),
    ("looks frightened", ("its expression is nearest to fear",)),
    ("a cheerful expression", ("its expression is nearest to happy",)),
    ("the voice trembles", ("Vibration is unsteady",)),
    ("high-pitched voice", ("Pitch is high",)),
    ("a deep voice", ("Pitch is low",)),
    ("monotonous speech", ("Pitch moves little",)),
    ("lively intonation", ("Pitch moves much",)),
    ("talks slowly", ("Speech is slow",)),
    ("hurried speech", ("Speech is fast",)),
    ("hoarse", ("breathy or rough",)),
    ("a tense, strained voice", ("The voice is pressed",)),
    ("sounds furious", ("the voice sounds most angry",)),
    ("sounds terrified", ("the voice sounds most afraid",)),
    ("sounds cheerful", ("the voice sounds most happy",)),
    ("sounds depressed", ("the voice sounds most sad",)),
    ("high pitch", ("Pitch is high",)),
    ("speech is slow", ("Speech is slow",)),
    ("smiles while the voice sounds angry", ("Smiles", "sounds most angry")),
    ("high voice that hardly moves", ("Pitch is high", "Pitch moves little")),
)


def summaries(data: Path) -> list[str]:
    tools = registry.select_tools(None)
    clips = [Clip.open(path) for path in sorted((data / "clips").glob("*.flv"))]
    for split, count in (
        (datasets.read_voices(data), 7),
        (datasets.read_faces(data), 4),
    ):
        for label in dict.fromkeys(one.label for one in split.queries):
            same = [one for one in split.queries if one.label == label]
            clips += [one.open() for one in islice(same, count)]
    texts = []
    for clip in clips:
        try:
            texts.append(summarize_evidence(perceive_clip(clip, tools)[0]))
        except ClipError:
            continue
    return texts


def by_all_words(query: str, texts: list[str]) -> list[float]:
    words = query.lower().split()
    return [float(all(word in text.lower() for word in words)) for text in texts]


def by_any_word(query: str, texts: list[str]) -> list[float]:
    words = query.lower().replace(",", " ").split()
    rarity = {
        word: np.log(len(texts) / (1 + sum(word in text.lower() for text in texts)))
        for word in words
    }
    return [sum(rarity[w] for w in words if w in text.lower()) for text in texts]


def by_embedding(query: str, texts: list[str]) -> list[float]:
    (asked,) = classify([query])
    return [float(one.embedding @ asked.embedding) for one in classify(texts)]


def as_memory_does(query: str, texts: list[str]) -> list[float]:
    cases = [
        Case(sha256=f"{number:064x}", label="neutral", summary=text)
        for number, text in enumerate(texts)
    ]
    return score_cases(query, cases).tolist()


def average_precision(scores: list[float], right: list[bool]) -> float:
    """Ties count as if in random order, on average over a hundred."""
    random = np.random.default_rng(0)
    values = []
    for _ in range(100):
        order = np.lexsort((random.random(len(scores)), -np.array(scores)))
        hits = np.array(right)[order]
        ranks = np.flatnonzero(hits) + 1
        values.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    return float(np.mean(values))


def main() -> None:
    texts = summaries(Path(sys.argv[1]))
    asked = [
        (query, [all(fact in text for fact in facts) for text in texts])
        for query, facts in QUERIES
    ]
    asked = [(query, right) for query, right in asked if any(right)]
    print(f"{len(texts)} summaries, {len(asked)} queries with a right answer")
    ways: dict[str, Callable[[str, list[str]], list[float]]] = {
        "chance": lambda _, texts: [0.0] * len(texts),
        "all words": by_all_words,
        "any word, rare ones more": by_any_word,
        "embedding of the summary": by_embedding,
        "memory search": as_memory_does,
    }
    for name, way in ways.items():
        values = [average_precision(way(query, texts), right) for query, right in asked]
        draws = np.random.default_rng(0).choice(values, (2000, len(values))).mean(1)
        low, high = np.percentile(draws, [2.5, 97.5])
        print(f"{name:26} mAP {np.mean(values):.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
