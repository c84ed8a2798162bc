"""The labelled clips that the seed memory is made from, as the recipe reads them.

Needs the extra `train`, as the senses' own recipes do: whose splits these are.
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
class LabelledClip:
    """A clip of a set, and what its annotators said.

    Attributes:
        open: Opens the clip.
        label: One of the basic emotions.
        labels: Open-vocabulary words, where the set has them.
        summary: What may be said of its content; if empty, what the sense observes.
        annotator: Who labelled it.
        label_source: How.
        licence: Terms of the set.
        source: Name of the set.
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
    """Clips that cases are made of, and others to ask with."""

    kept: list[LabelledClip]
    asked: list[LabelledClip]


def read_faces(data: Path) -> SeedSplit:
    """Photographs of faces on whose label most annotators agree."""
    from affectgraph.agents.training.face import recipe

    learned, _, judged_on = recipe.load(data)
    return SeedSplit(list(_faces(learned)), list(_faces(judged_on)))


def _faces(read_faces: "Faces") -> Iterator[LabelledClip]:
    shares = read_faces.votes.max(axis=1)
    for pixels, best, share in zip(
        read_faces.pixels, read_faces.majority, shares, strict=True
    ):
        if best >= 0 and share > 0.5:
            yield LabelledClip(
                open=partial(Clip.open, pixels),
                label=BASIC_EMOTIONS[best],
                annotator="FERPlus, ten people",
                label_source="majority of ten annotators of a photograph",
                licence="images: web, research use, rights unclear; labels: MIT",
                source="FER2013 / FERPlus",
            )


def read_texts(data: Path) -> SeedSplit:
    """Comments whose words for emotions all belong to one basic emotion."""
    folder = data / "text"
    return SeedSplit(list(_texts(folder, "train")), list(_texts(folder, "dev")))


def _texts(folder: Path, split: str) -> Iterator[LabelledClip]:
    from affectgraph.agents.training.transcript import data as training_data

    words = training_data.read_word_labels(folder)
    comments = training_data.read_comments(folder, split)
    for comment, best in zip(
        comments, training_data.class_indices(comments), strict=True
    ):
        if best >= 0:
            yield LabelledClip(
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
    """Acted sentences; every fifth speaker is there to ask with."""
    from affectgraph.agents.training.prosody import data as training_data

    heard = [(r.speaker, _voice(r)) for r in training_data.read_recordings(data)]
    apart = set(sorted({speaker for speaker, _ in heard})[4::5])
    return SeedSplit(
        [voice for speaker, voice in heard if speaker not in apart],
        [voice for speaker, voice in heard if speaker in apart],
    )


def _voice(recording: "Recording") -> LabelledClip:
    source, licence = _CORPORA[recording.corpus]
    return LabelledClip(
        open=partial(Clip.open, recording.signal),
        label=recording.emotion,
        annotator="the actor's task",
        label_source="acted on instruction",
        licence=licence,
        source=source,
    )
