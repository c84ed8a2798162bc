"""Utterances as files: CSV and Parquet of a table, JSON, RTTM."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.extras import arrow_and_parquet
from affectgraph.tools.sanitize import sanitize_text

if TYPE_CHECKING:
    import pandas

_UNKNOWN_PERSON = "unknown"


def write_csv(table: "pandas.DataFrame", path: Path) -> None:
    """Write a table as CSV; times such as `0 days 00:00:01.500000`."""
    table.to_csv(path)


def write_parquet(table: "pandas.DataFrame", path: Path) -> None:
    """Write a table as Parquet; times are durations.

    Raises:
        SettingError: If pyarrow is not installed.
    """
    arrow_and_parquet()
    table.to_parquet(path)


def write_json(utterances: Sequence[Utterance], clip: ClipInfo, path: Path) -> None:
    """Write a JSON object: the clip, and the utterances as a list."""
    content = {
        "clip": clip.model_dump(mode="json"),
        "utterances": [utterance.model_dump(mode="json") for utterance in utterances],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_rttm(utterances: Sequence[Utterance], clip: ClipInfo, path: Path) -> None:
    """Write who speaks when, a line an utterance.

    Source: NIST (2009), "The 2009 (RT-09) Rich Transcription Meeting Recognition
    Evaluation Plan", appendix A.
    """
    file = _field(clip.name)
    lines = [
        f"SPEAKER {file} 1 {utterance.start:.3f} {utterance.end - utterance.start:.3f} "
        f"<NA> <NA> {_field(utterance.person or _UNKNOWN_PERSON)} <NA> <NA>\n"
        for utterance in utterances
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _field(text: str) -> str:
    """A field of RTTM, which has no white space."""
    return "_".join(sanitize_text(text).split()) or "_"
