"""Recipe of the seed memory: labelled clips, perceived by the senses.

    python -m affectgraph.agents.training.seed.recipe DATA OUT [MODALITY...]

writes it from the shared data layout with the installed weights, and prints how often
the nearest cases of a validation clip have its label. Needs the extra `train`.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

import numpy as np

from affectgraph.agents.evaluation.bootstrap import score_interval
from affectgraph.agents.training.seed import datasets
from affectgraph.agents.training.seed.datasets import SeedClip
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
_RESAMPLES = 2000
# A fixed date, so that the same weights and data write the same bytes.
CREATED = datetime(2026, 11, 22, tzinfo=UTC)

SENSES: tuple[tuple[PerceptionTool, Callable[[Path], datasets.SeedSplit]], ...] = (
    (face, datasets.read_faces),
    (prosody, datasets.read_voices),
    (transcript, datasets.read_texts),
)


def build(data: Path, out: Path, *, seed: int = 0, only: Collection[str] = ()) -> None:
    """Write the seed memory from the training clips of the shared data layout.

    Args:
        data: The shared data layout.
        out: Folder to write to.
        seed: Of the choice of clips.
        only: Modalities to include, to leave out a data set for its licence; all if
            empty.
    """
    out.mkdir(parents=True, exist_ok=True)
    cases, queries = {}, {}
    for sense, source in SENSES:
        if not only or sense.modality in only:
            split = source(data)
            cases[sense.modality] = draw_cases(sense, split.cases, PER_LABEL, seed)
            queries[sense.modality] = draw_cases(
                sense, split.queries, QUERIES_PER_LABEL, seed
            )
    combined = join_seeds(cases.values())
    for modality, seeds in cases.items():
        within = precision_report(seeds, queries[modality])
        print(f"{modality}: {len(seeds.cases)} cases, among these {within}")
        print(f"{modality}, among all: {precision_report(combined, queries[modality])}")
    write_seed(out, [combined])


def draw_cases(
    sense: PerceptionTool, clips: Iterable[SeedClip], per_label: int, seed: int
) -> SeedCases:
    """Draw cases of one sense in the affect space, equally many per label."""
    random = np.random.default_rng(seed)
    all_clips = list(clips)
    drawn: list[tuple[Case, Space, Array]] = []
    for label in BASIC_EMOTIONS:
        same = [clip for clip in all_clips if clip.label == label]
        order = (same[number] for number in random.permutation(len(same)))
        perceived = (case for clip in order for case in _perceive(sense, clip))
        drawn += islice(perceived, per_label)
    cases, spaces, vectors = zip(*drawn, strict=True)
    return SeedCases(spaces[0], cases, np.stack(vectors))


def join_seeds(seeds: Iterable[SeedCases]) -> SeedCases:
    """Join the cases of several seeds in one space."""
    spaces, cases, vectors = zip(*seeds, strict=True)
    return SeedCases(spaces[0], [*chain.from_iterable(cases)], np.concatenate(vectors))


def _perceive(
    sense: PerceptionTool, labelled: SeedClip
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
    affect = [space for space in vectors if space.modality == AFFECT]
    if not affect:
        raise WeightsError(
            f"{NETWORK} was trained on other weights of {sense.name}: run"
            " 'affectgraph train space' first"
        )
    yield case, affect[0], vectors[affect[0]]


def precision_report(seed: SeedCases, queries: SeedCases) -> str:
    """Report the precision among the nearest cases of each query."""
    store = SqliteCaseStore()
    store.add((case, {seed.space: vector}) for case, vector in _pairs(seed))
    right = np.array([_precision(store, seed.space, *pair) for pair in _pairs(queries)])
    figure = score_interval(
        np.arange(len(right)),
        lambda rows: float(right[rows].mean()),
        resamples=_RESAMPLES,
    )
    return (
        f"label precision@{NEAREST} {figure}"
        f" over {len(right)} validation clips, chance {1 / len(BASIC_EMOTIONS):.3f}"
    )


def _pairs(seed: SeedCases) -> Iterator[tuple[Case, Array]]:
    return zip(seed.cases, seed.vectors, strict=True)


def _precision(
    store: SqliteCaseStore, space: Space, case: Case, vector: Array
) -> float:
    hits = store.nearest(space, vector, NEAREST)
    labels = [store.tables.of_vectors([hit.key]).popitem()[1].label for hit in hits]
    return labels.count(case.label) / NEAREST


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), only=sys.argv[3:])
