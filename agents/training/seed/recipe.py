"""The recipe of the seed memory: labelled clips as the senses see, hear and read them.

    python -m affectgraph.agents.training.seed.recipe DATA OUT [MODALITY...]

writes it from the shared data layout with the weights at hand, and prints how often
the nearest cases of a validation clip have its label. Needs the extra `train`.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

import numpy as np

from affectgraph.agents.training.seed import datasets
from affectgraph.agents.training.seed.datasets import Labelled
from affectgraph.memory.backends.sqlite.case_store import SqliteCaseStore
from affectgraph.memory.case import Array, Case, Space
from affectgraph.memory.representation import AFFECT, NETWORK, add_affect_vector
from affectgraph.memory.seed import SeedCases, write_seed
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SenseError, WeightsError
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

PER_LABEL = 50
QUERIES_PER_LABEL = 30
NEAREST = 5
# One date for all, so that the same weights and data write the same bytes.
CREATED = datetime(2026, 11, 22, tzinfo=UTC)

SENSES: tuple[tuple[PerceptionTool, Callable[[Path], datasets.Split]], ...] = (
    (face, datasets.faces),
    (prosody, datasets.voices),
    (transcript, datasets.texts),
)


def build(data: Path, out: Path, *, seed: int = 0, only: Collection[str] = ()) -> None:
    """Write the seed memory from the training clips of the shared data layout.

    Args:
        data: The shared data layout.
        out: Folder to write to.
        seed: Which clips are drawn.
        only: Modalities to make, to leave a set out for its terms; without any, all.
    """
    out.mkdir(parents=True, exist_ok=True)
    made, asked = {}, {}
    for sense, source in SENSES:
        if not only or sense.modality in only:
            split = source(data)
            made[sense.modality] = draw(sense, split.kept, PER_LABEL, seed)
            asked[sense.modality] = draw(sense, split.asked, QUERIES_PER_LABEL, seed)
    every = joined(made.values())
    for modality, cases in made.items():
        within = report(cases, asked[modality])
        print(f"{modality}: {len(cases.cases)} cases, among these {within}")
        print(f"{modality}, among all: {report(every, asked[modality])}")
    write_seed(out, [every])


def draw(
    sense: PerceptionTool, clips: Iterable[Labelled], per_label: int, seed: int
) -> SeedCases:
    """Clips of one sense at random, as many of each label, in the affect space."""
    random = np.random.default_rng(seed)
    listed = list(clips)
    seen: list[tuple[Case, Space, Array]] = []
    for label in BASIC_EMOTIONS:
        same = [clip for clip in listed if clip.label == label]
        order = (same[number] for number in random.permutation(len(same)))
        perceived = (one for clip in order for one in _perceive(sense, clip))
        seen += islice(perceived, per_label)
    cases, spaces, vectors = zip(*seen, strict=True)
    return SeedCases(spaces[0], cases, np.stack(vectors))


def joined(seeds: Iterable[SeedCases]) -> SeedCases:
    """The cases of several seeds in one space."""
    spaces, cases, vectors = zip(*seeds, strict=True)
    return SeedCases(spaces[0], [*chain.from_iterable(cases)], np.concatenate(vectors))


def _perceive(
    sense: PerceptionTool, labelled: Labelled
) -> Iterator[tuple[Case, Space, Array]]:
    clip = labelled.open()
    try:
        summary, *_ = sense.perceive(clip, clip.span)
    except SenseError:
        return
    if summary.embedding is None:
        return
    space = Space(modality=summary.modality, model=summary.provenance.sha256)
    case = Case(
        sha256=clip.sha256,
        label=labelled.label,
        labels=labelled.labels,
        summary=labelled.summary or summary.observation,
        annotator=labelled.annotator,
        label_source=labelled.label_source,
        licence=labelled.licence,
        source=labelled.source,
        created=CREATED,
    )
    vectors = add_affect_vector({space: clip.kept(summary.embedding)})
    affect = [one for one in vectors if one.modality == AFFECT]
    if not affect:
        raise WeightsError(
            f"{NETWORK} was not trained on these weights of {sense.name}: run"
            " 'affectgraph train space' first"
        )
    yield case, affect[0], vectors[affect[0]]


def report(seed: SeedCases, queries: SeedCases) -> str:
    """Precision among the nearest of each query, with its 95% bootstrap interval."""
    store = SqliteCaseStore()
    store.add((case, {seed.space: vector}) for case, vector in _pairs(seed))
    right = [_precision(store, seed.space, *pair) for pair in _pairs(queries)]
    draws = np.random.default_rng(0).choice(right, size=(2000, len(right))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return (
        f"label precision@{NEAREST} {np.mean(right):.3f} [{low:.3f}, {high:.3f}]"
        f" over {len(right)} validation clips, chance {1 / len(BASIC_EMOTIONS):.3f}"
    )


def _pairs(seed: SeedCases) -> Iterator[tuple[Case, Array]]:
    return zip(seed.cases, seed.vectors, strict=True)


def _precision(
    store: SqliteCaseStore, space: Space, case: Case, vector: Array
) -> float:
    found = store.nearest(space, vector, NEAREST)
    labels = [store.tables.of_vectors([hit.key]).popitem()[1].label for hit in found]
    return labels.count(case.label) / NEAREST


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), only=sys.argv[3:])
