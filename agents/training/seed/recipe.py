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
from affectgraph.agents.training.seed.datasets import LabelledClip
from affectgraph.memory.backends.folder import Folder
from affectgraph.memory.case import Array, Case, Space
from affectgraph.memory.representation import AFFECT, NETWORK, with_affect
from affectgraph.memory.seed import Seed, write
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
        seed: Which clips are drawn.
        only: Modalities to make, to leave a set out for its terms; without any, all.
    """
    out.mkdir(parents=True, exist_ok=True)
    made, asked = {}, {}
    for sense, source in SENSES:
        if not only or sense.modality in only:
            split = source(data)
            made[sense.modality] = draw_cases(sense, split.kept, PER_LABEL, seed)
            asked[sense.modality] = draw_cases(
                sense, split.asked, QUERIES_PER_LABEL, seed
            )
    every = join_seeds(made.values())
    for modality, cases in made.items():
        within = precision_report(cases, asked[modality])
        print(f"{modality}: {len(cases.cases)} cases, among these {within}")
        print(f"{modality}, among all: {precision_report(every, asked[modality])}")
    write(out, [every])


def draw_cases(
    sense: PerceptionTool, clips: Iterable[LabelledClip], per_label: int, seed: int
) -> Seed:
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
    return Seed(spaces[0], cases, np.stack(vectors))


def join_seeds(seeds: Iterable[Seed]) -> Seed:
    """The cases of several seeds in one space."""
    spaces, cases, vectors = zip(*seeds, strict=True)
    return Seed(spaces[0], [*chain.from_iterable(cases)], np.concatenate(vectors))


def _perceive(
    sense: PerceptionTool, labelled: LabelledClip
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
    vectors = with_affect({space: clip.kept(summary.embedding)})
    affect = [one for one in vectors if one.modality == AFFECT]
    if not affect:
        raise WeightsError(
            f"{NETWORK} was not trained on these weights of {sense.name}: run"
            " 'affectgraph train space' first"
        )
    yield case, affect[0], vectors[affect[0]]


def precision_report(seed: Seed, queries: Seed) -> str:
    """Precision among the nearest of each query, with its 95% bootstrap interval."""
    shelf = Folder()
    shelf.add((case, {seed.space: vector}) for case, vector in _pairs(seed))
    right = [_precision(shelf, seed.space, *pair) for pair in _pairs(queries)]
    draws = np.random.default_rng(0).choice(right, size=(2000, len(right))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return (
        f"label precision@{NEAREST} {np.mean(right):.3f} [{low:.3f}, {high:.3f}]"
        f" over {len(right)} validation clips, chance {1 / len(BASIC_EMOTIONS):.3f}"
    )


def _pairs(seed: Seed) -> Iterator[tuple[Case, Array]]:
    return zip(seed.cases, seed.vectors, strict=True)


def _precision(shelf: Folder, space: Space, case: Case, vector: Array) -> float:
    found = shelf.nearest(space, vector, NEAREST)
    labels = [shelf.store.cases_of([hit.key]).popitem()[1].label for hit in found]
    return labels.count(case.label) / NEAREST


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), only=sys.argv[3:])
