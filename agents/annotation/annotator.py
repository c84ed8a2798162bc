"""Who gives a clip a label, and the case for the memory that this makes."""

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

# What somebody said never goes into a summary: quotations are cut out.
_QUOTED = re.compile(r':? "[^"]*"')
_LONGEST_SUMMARY = 600


@dataclass(frozen=True)
class Annotator:
    """Who labels, and what is known about the label and the clip.

    Attributes:
        name: A person's chosen handle, or a group.
        label_source: How the label came about, such as "acted" or "ten raters".
        licence: Terms of the clip.
        source: The set or place that the clip came from.
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
        """The clip as a case.

        Args:
            clip: What is labelled.
            evidence: What the senses made of it.
            label: A basic emotion, or a word for one.
            labels: More words, most specific first.

        Raises:
            SettingError: If the label is no word for an emotion that we know.
        """
        basic = label if label in BASIC_EMOTIONS else to_basic(label)
        if basic is None:
            known = ", ".join(BASIC_EMOTIONS)
            raise SettingError(
                f"label {label!r} is none of {known}, nor a word for one"
            )
        others = checked_texts("labels", labels)
        words = others if label == basic else [label, *others]
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
    """The basic emotion that a label is, or is a word for.

    Raises:
        SettingError: If it is neither.
    """
    basic = label if label in BASIC_EMOTIONS else to_basic(label)
    if basic is None:
        known = ", ".join(BASIC_EMOTIONS)
        raise SettingError(f"label {label!r} is none of {known}, nor a word for one")
    return basic


def summarize_evidence(evidence: Sequence[Evidence]) -> str:
    """What the senses observed, what each says on the whole first, nothing twice.

    Quoted words are left out: nobody's words are kept.
    """
    order = sorted(evidence, key=lambda piece: piece.distribution is None)
    told: dict[str, str] = {}
    for piece in order:
        sentence = _QUOTED.sub("", piece.observation)
        told.setdefault(" ".join(sentence.split()[:3]), sentence)
    text = ""
    for sentence in told.values():
        if len(text) + len(sentence) < _LONGEST_SUMMARY:
            text = f"{text} {sentence}".strip()
    return text
