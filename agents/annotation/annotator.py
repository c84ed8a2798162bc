"""Who labels a clip, and the case for the memory that results."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from affectgraph.memory import Case
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.io.arguments import checked_texts
from affectgraph.tools.language.vocabulary import to_basic

# Words of the clip must not go into a summary: quotations are removed.
_QUOTED = re.compile(r':? "[^"]*"')
_MAX_SUMMARY_CHARS = 600


@dataclass(frozen=True)
class Annotator:
    """Who labels, and what is known about the label and the clip.

    Attributes:
        name: Handle of a person or a group.
        label_source: Origin of the label, such as "acted" or "ten raters".
        licence: Of the clip.
        source: Data set or place of origin of the clip.
    """

    name: str = ""
    label_source: str = ""
    licence: str = ""
    source: str = ""

    def case(
        self,
        clip: ClipInfo,
        evidence: Sequence[Evidence],
        label: str,
        labels: Sequence[str] = (),
    ) -> Case:
        """Make a case of a clip.

        Args:
            clip: The labelled clip.
            evidence: Of the senses about it.
            label: A basic emotion, or a word for one.
            labels: More words, most specific first.

        Raises:
            SettingError: If the label is no known word for an emotion.
        """
        basic = checked_label(label)
        more = checked_texts("labels", labels)
        words = more if label == basic else [label, *more]
        return Case(
            sha256=clip.identity,
            label=basic,
            labels=tuple(dict.fromkeys(words)),
            summary=summarize_evidence(evidence),
            annotator=self.name,
            label_source=self.label_source,
            licence=self.licence,
            source=self.source,
        )


def checked_label(label: str) -> str:
    """Return the basic emotion that a label names.

    Raises:
        SettingError: If it names none.
    """
    basic = label if label in BASIC_EMOTIONS else to_basic(label)
    if basic is None:
        names = ", ".join(BASIC_EMOTIONS)
        raise SettingError(f"label {label!r} is none of {names}, nor a word for one")
    return basic


def summarize_evidence(evidence: Sequence[Evidence]) -> str:
    """Join the observations of the senses, overall ones first, each once.

    Quoted words are left out, since no words of the clip are stored.
    """
    order = sorted(evidence, key=lambda piece: piece.distribution is None)
    sentences: dict[str, str] = {}
    for piece in order:
        sentence = _QUOTED.sub("", piece.observation)
        sentences.setdefault(" ".join(sentence.split()[:3]), sentence)
    text = ""
    for sentence in sentences.values():
        if len(text) + len(sentence) < _MAX_SUMMARY_CHARS:
            text = f"{text} {sentence}".strip()
    return text
