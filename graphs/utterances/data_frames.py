"""Verdicts as pandas tables: answers, the timeline, the evidence.

All are segmented tables as audformat has them: indexed by (file, start, end), times as
`Timedelta`. The file is its path as it was named, or the name of a clip without one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.sense_votes import evidence_within, vote_by_modality

if TYPE_CHECKING:
    import pandas

_INDEX = ["file", "start", "end"]
_AFFECT = ("valence", "arousal")
_ANSWER_TEXTS = ("person", "words", "label", "prediction_set", "evidence")
_ANSWER_NUMBERS = ("confidence", *_AFFECT, "conflict", *BASIC_EMOTIONS)
_EVIDENCE_TEXTS = ("id", "modality", "tool", "observation", "measurements")

Row = dict[str, Any]


def answers_table(
    answers: Sequence[Utterance], clip: ClipInfo, evidence: Sequence[Evidence]
) -> "pandas.DataFrame":
    """A row an utterance, or one for the whole clip.

    Returns:
        Columns `person`, `words`, `label`, `prediction_set` and `evidence` (joined by
        commas), `confidence`, `valence`, `arousal`, `conflict`, the probability of each
        basic emotion; and of each sense that gave evidence, such as the face,
        `face_label`, `face_happy` and the other emotions, `face_valence` and
        `face_arousal`: what that sense says by itself.
    """
    senses = dict.fromkeys(p.modality for p in evidence if p.distribution is not None)
    groups = {name: _sense_columns(name) for name in senses}
    texts = [*_ANSWER_TEXTS, *(columns[0] for columns in groups.values())]
    numbers = [*_ANSWER_NUMBERS, *(c for g in groups.values() for c in g[1:])]
    order = [*_ANSWER_TEXTS, *_ANSWER_NUMBERS, *(c for g in groups.values() for c in g)]
    rows = [_answer_row(answer, evidence) for answer in answers]
    return _segmented(rows, clip, texts, numbers)[order]


def timeline_table(
    votes: Iterable[tuple[str, Span, Distribution]], clip: ClipInfo
) -> "pandas.DataFrame":
    """A row a moment and sense: `modality`, the basic emotions, `valence`, `arousal`.

    Args:
        votes: Modality, span and distribution of each row.
        clip: The clip that they are from.
    """
    rows = [
        {**_times(span), "modality": modality, **vote, **_affect(vote)}
        for modality, span, vote in votes
    ]
    return _segmented(rows, clip, ["modality"], [*BASIC_EMOTIONS, *_AFFECT])


def evidence_table(evidence: Iterable[Evidence], clip: ClipInfo) -> "pandas.DataFrame":
    """A row a piece of evidence; `measurements` are JSON."""
    rows = [_evidence_row(piece) for piece in evidence]
    numbers = ["quality", *_AFFECT, *BASIC_EMOTIONS]
    return _segmented(rows, clip, _EVIDENCE_TEXTS, numbers)


def _answer_row(answer: Utterance, evidence: Sequence[Evidence]) -> Row:
    span = Span.model_construct(start=answer.start, end=answer.end)
    row = {
        **_times(span),
        "person": answer.person,
        "words": answer.text,
        "label": answer.label,
        "prediction_set": ",".join(answer.prediction_set),
        "evidence": ",".join(answer.evidence),
        "confidence": answer.confidence,
        "valence": answer.valence,
        "arousal": answer.arousal,
        "conflict": answer.conflict,
        **answer.distribution,
    }
    for name, vote in vote_by_modality([*evidence_within(evidence, span)]).items():
        shares = vote.distribution
        values = (top_emotion(shares), *shares.values(), *_affect(shares).values())
        row |= zip(_sense_columns(name), values, strict=True)
    return row


def _sense_columns(sense: str) -> list[str]:
    return [f"{sense}_{name}" for name in ("label", *BASIC_EMOTIONS, *_AFFECT)]


def _evidence_row(piece: Evidence) -> Row:
    measured = {n: m.model_dump() for n, m in piece.measurements.items()}
    return {
        **_times(piece.span),
        "id": piece.id,
        "modality": piece.modality,
        "tool": piece.tool,
        "observation": piece.observation,
        "measurements": json.dumps(measured, ensure_ascii=False),
        "quality": piece.quality,
        "valence": piece.valence,
        "arousal": piece.arousal,
        **(piece.distribution or {}),
    }


def _times(span: Span) -> Row:
    return {"start": span.start, "end": span.end}


def _affect(shares: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(_AFFECT, valence_arousal(dict(shares)), strict=True))


def _segmented(
    rows: Sequence[Row], clip: ClipInfo, texts: Iterable[str], numbers: Iterable[str]
) -> "pandas.DataFrame":
    import pandas

    columns = [*_INDEX, *texts, *(numbers := [*numbers])]
    table = pandas.DataFrame(rows, columns=columns)
    table["file"] = clip.path or clip.name
    for time in ("start", "end"):
        seconds = pandas.to_timedelta(table[time], unit="s")
        table[time] = seconds.astype("timedelta64[ns]")
    return table.astype(dict.fromkeys(numbers, float)).set_index(_INDEX)
