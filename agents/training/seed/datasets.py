"""Labelled clips for the seed memory, with the splits of the senses' recipes.

Needs the extra `train`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS

if TYPE_CHECKING:
    from affectgraph.agents.training.face.data import Faces
    from affectgraph.agents.training.prosody.data import Recording

_CORPORA = {
    "ravdess": ("RAVDESS", "CC BY-NC-SA 4.0"),
    "emodb": ("EmoDB", "CC0 1.0"),
    "nemo": ("nEMO", "CC BY-NC-SA 4.0"),
}


@dataclass(frozen=True)
class SeedClip:
    """A clip of a data set, and its annotation.

    Attributes:
        open: Opens the clip.
        label: One of the basic emotions.
        labels: Open-vocabulary words, if the data set has them.
        summary: Of its content; if empty, the observation of the sense is used.
        annotator: Who labelled it.
        label_source: Origin of the label.
        licence: Of the data set.
        source: Name of the data set.
    """

    open: Callable[[], Clip]
    label: str
    labels: tuple[str, ...] = ()
    summary: str = ""
    annotator: str = ""
    label_source: str = ""
    licence: str = ""
    source: str = ""


class SeedSplit(NamedTuple):
    """Clips to make cases of, and other clips as queries."""

    cases: list[SeedClip]
    queries: list[SeedClip]


def read_faces(data: Path) -> SeedSplit:
    """Read photographs of faces with a label that most annotators agree on."""
    from affectgraph.agents.training.face import recipe

    train, _, test = recipe.load(data)
    return SeedSplit(list(_labelled_faces(train)), list(_labelled_faces(test)))


def _labelled_faces(faces: "Faces") -> Iterator[SeedClip]:
    shares = faces.votes.max(axis=1)
    for pixels, best, share in zip(faces.pixels, faces.majority, shares, strict=True):
        if best >= 0 and share > 0.5:
            yield SeedClip(
                open=partial(Clip.open, pixels),
                label=BASIC_EMOTIONS[best],
                annotator="FERPlus, ten people",
                label_source="majority of ten annotators of a photograph",
                licence="images: web, research use, rights unclear; labels: MIT",
                source="FER2013 / FERPlus",
            )


def read_texts(data: Path) -> SeedSplit:
    """Read comments whose emotion words all belong to one basic emotion."""
    folder = data / "text"
    return SeedSplit(
        list(_labelled_texts(folder, "train")), list(_labelled_texts(folder, "dev"))
    )


def _labelled_texts(folder: Path, split: str) -> Iterator[SeedClip]:
    from affectgraph.agents.training.transcript import data as training_data

    words = training_data.read_word_labels(folder)
    comments = training_data.read_comments(folder, split)
    for comment, best in zip(
        comments, training_data.class_indices(comments), strict=True
    ):
        if best >= 0:
            yield SeedClip(
                open=partial(Clip.open, text=comment.text),
                label=BASIC_EMOTIONS[best],
                labels=tuple(words[number] for number in comment.words.nonzero()[0]),
                summary=f"A written comment of {len(comment.text.split())} words.",
                annotator="GoEmotions, three or five people",
                label_source="raters of a written comment",
                licence="CC BY 4.0",
                source="GoEmotions",
            )


def read_voices(data: Path) -> SeedSplit:
    """Read acted sentences; every fifth speaker is a query speaker."""
    from affectgraph.agents.training.prosody import data as training_data

    voices = [(r.speaker, _voice(r)) for r in training_data.read_recordings(data)]
    query_speakers = set(sorted({speaker for speaker, _ in voices})[4::5])
    return SeedSplit(
        [voice for speaker, voice in voices if speaker not in query_speakers],
        [voice for speaker, voice in voices if speaker in query_speakers],
    )


def _voice(recording: "Recording") -> SeedClip:
    source, licence = _CORPORA[recording.corpus]
    return SeedClip(
        open=partial(Clip.open, recording.signal),
        label=recording.emotion,
        annotator="the actor's task",
        label_source="acted on instruction",
        licence=licence,
        source=source,
    )
