"""The recipe of the seed memory: labelled clips as the senses see, hear and read them.

    python -m affectgraph.memory.seed.build DATA OUT [MODALITY...]

writes it from the shared data layout with the weights at hand, and prints how often
the nearest cases of a validation clip have its label. Needs the extra `train`.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from affectgraph.memory.case import Array, Case, Space
from affectgraph.memory.folder import Folder
from affectgraph.memory.seed import MANIFEST, Seed, read, sets, write
from affectgraph.memory.seed.sets import Labelled
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SenseError
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

PER_LABEL = 50
QUERIES_PER_LABEL = 30
NEAREST = 5
# One date for all, so that the same weights and data write the same bytes.
CREATED = datetime(2026, 11, 22, tzinfo=UTC)

SENSES: tuple[tuple[PerceptionTool, Callable[[Path], sets.Split]], ...] = (
    (face, sets.faces),
    (prosody, sets.voices),
    (transcript, sets.texts),
)


def build(data: Path, out: Path, *, seed: int = 0, only: Collection[str] = ()) -> None:
    """Write the seed memory from the training clips of the shared data layout.

    Args:
        data: The shared data layout.
        out: Folder to write to.
        seed: Which clips are drawn.
        only: Modalities to make, others staying as they are in `out`, if they are
            there: for when the weights of one sense have changed, or to leave a set
            out for its terms. Without any, all are made.
    """
    out.mkdir(parents=True, exist_ok=True)
    there = read(out) if only and (out / MANIFEST).exists() else ()
    kept = {one.space.modality: one for one in there}
    for sense, source in SENSES:
        if only and sense.modality not in only:
            continue
        split = source(data)
        made = kept[sense.modality] = draw(sense, split.kept, PER_LABEL, seed)
        asked = draw(sense, split.asked, QUERIES_PER_LABEL, seed)
        print(f"{sense.modality}: {len(made.cases)} cases, {report(made, asked)}")
    write(out, [kept[modality] for modality in sorted(kept)])


def draw(
    sense: PerceptionTool, clips: Iterable[Labelled], per_label: int, seed: int
) -> Seed:
    """Clips of one sense at random, as many of each label, as it perceives them."""
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
    yield case, space, clip.kept(summary.embedding)


def report(seed: Seed, queries: Seed) -> str:
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
