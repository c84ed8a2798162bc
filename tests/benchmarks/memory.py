"""How fast and how large the case memory is, and how exact its search.

    python tests/benchmarks/memory.py 1000 100000 1000000 --dimension 128

Vectors are synthetic: 280 clusters (or as many as `--clusters` says; one is the hard
case), each spread along 32 directions common to all and a little in every other.
Times are CPU seconds of this process. One search is for the 10 nearest in one space;
one recall is the whole question, the leading label and two rivals, cases read.
Recall@10 is against exact search in float32.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory import Case, Memory, Space
from affectgraph.memory.folder import Folder
from affectgraph.tools.emotions import BASIC_EMOTIONS

Array = NDArray[np.float32]
SPACE = Space(modality="face", model="0" * 64)
QUERIES = 300


def vectors(
    count: int, dimension: int, clusters: int, seed: int
) -> tuple[Array, NDArray[np.intp]]:
    """Vectors [n, d] and the number of each one's cluster [n]."""
    world, random = np.random.default_rng(0), np.random.default_rng(seed)
    centres = world.normal(size=(clusters, dimension))
    directions = world.normal(size=(32, dimension)) / np.sqrt(32)
    chosen = random.integers(0, clusters, count)
    made = centres[chosen].astype(np.float32)
    made += random.normal(size=(count, 32)).astype(np.float32) @ directions.astype("f4")
    made += 0.3 * random.normal(size=made.shape).astype(np.float32)
    return made, chosen


def cases(made: Array, chosen: NDArray[np.intp]) -> Iterator[tuple[Case, dict]]:
    for number, (vector, cluster) in enumerate(zip(made, chosen, strict=True)):
        case = Case(
            sha256=f"{number:064x}",
            label=BASIC_EMOTIONS[(cluster + number) % 7],
            summary="Smiles from 0.8 s to 2.1 s while the voice stays low and flat.",
            source="synthetic",
            licence="none",
            label_source="synthetic",
        )
        yield case, {SPACE: vector}


def exact(made: Array, asked: Array, k: int) -> NDArray[np.intp]:
    unit = made / np.linalg.norm(made, axis=1, keepdims=True)
    nearest = [np.argpartition(-(unit @ one), k)[:k] for one in asked]
    return np.array(nearest)


def milliseconds(search, asked: Array) -> tuple[list, NDArray[np.float64]]:
    answers, times = [], []
    for one in asked:
        start = time.process_time()
        answers.append(search(one))
        times.append(1e3 * (time.process_time() - start))
    return answers, np.array(times)


def measure(count: int, dimension: int, clusters: int, folder: Path) -> str:
    made, chosen = vectors(count, dimension, clusters, seed=1)
    asked, _ = vectors(QUERIES, dimension, clusters, seed=2)
    memory = Memory(folder, seed=False)
    start = time.process_time()
    memory.add_all(cases(made, chosen))
    added = time.process_time() - start
    memory.close()

    shelf = Folder(folder)
    start = time.process_time()
    shelf.nearest(SPACE, asked[0], 10)
    built = time.process_time() - start
    shelf.close()

    shelf = Folder(folder)
    start = time.process_time()
    shelf.nearest(SPACE, asked[0], 10)
    loaded = time.process_time() - start
    found, search = milliseconds(lambda one: shelf.nearest(SPACE, one, 10), asked)
    right = [
        len({hit.key - 1 for hit in hits} & set(nearest)) / 10
        for hits, nearest in zip(found, exact(made, asked, 10), strict=True)
    ]
    shelf.close()

    memory = Memory(folder, seed=False)

    def recall(one: Array) -> object:
        return memory.recall({SPACE: one}, leading="happy", rivals=["sad", "fear"])

    recall(asked[0])
    _, recalled = milliseconds(recall, asked)
    size = memory.stats().bytes / count
    memory.close()
    return (
        f"| {count:,} | {added:.1f} | {built:.1f} | {loaded:.2f} | {size:,.0f}"
        f" | {np.median(search):.2f} / {np.percentile(search, 99):.2f}"
        f" | {np.median(recalled):.2f} / {np.percentile(recalled, 99):.2f}"
        f" | {np.mean(right):.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", type=int, nargs="+")
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--clusters", type=int, default=280)
    arguments = parser.parse_args()
    print(
        "| cases | adding s | index s | loading s | bytes a case | search p50 / p99 ms"
        " | recall p50 / p99 ms | recall@10 |\n|---|---|---|---|---|---|---|---|"
    )
    settings = arguments.dimension, arguments.clusters
    for count in arguments.counts:
        with TemporaryDirectory() as folder:
            print(measure(count, *settings, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
