"""Utterances in the formats of the trade: captions, annotation tools, tables."""

from collections.abc import Callable, Sequence
from pathlib import Path

from affectgraph.graphs.utterances.captions import write_srt, write_vtt
from affectgraph.graphs.utterances.data_frames import answers_table
from affectgraph.graphs.utterances.tables import (
    write_csv,
    write_json,
    write_parquet,
    write_rttm,
)
from affectgraph.graphs.utterances.tiers import write_eaf, write_textgrid
from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import atomic_write

__all__ = ["FORMATS", "save_utterances"]

Writer = Callable[[Sequence[Utterance], ClipInfo, Path], None]

_WRITERS: dict[str, Writer] = {
    ".vtt": write_vtt,
    ".srt": write_srt,
    ".rttm": write_rttm,
    ".textgrid": write_textgrid,
    ".eaf": write_eaf,
    ".json": write_json,
}
_TABLES = {".csv": write_csv, ".parquet": write_parquet}
FORMATS = (*_WRITERS, *_TABLES)


def save_utterances(
    utterances: Sequence[Utterance],
    clip: ClipInfo,
    path: AnyPath,
    evidence: Sequence[Evidence] = (),
) -> Path:
    """Write utterances as a file; its ending chooses the format.

    Args:
        utterances: In order of their start.
        clip: The clip that they are from.
        path: `.vtt` (WebVTT), `.srt` (SubRip), `.rttm` (who speaks when), `.TextGrid`
            (Praat), `.eaf` (ELAN), `.csv`, `.parquet` or `.json`.
        evidence: Of the whole clip; tables have columns of each of its senses.

    Returns:
        The path. A file that was there is replaced, once the new one is whole.

    Raises:
        SettingError: If the ending is of no format, or the file cannot be written.
    """
    target = checked_path("path", path)
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise SettingError(
            f"{target}: no format of that ending; use {', '.join(FORMATS)}"
        )
    try:
        with atomic_write(target) as partial:
            if ending in _TABLES:
                _TABLES[ending](answers_table(utterances, clip, evidence), partial)
            else:
                _WRITERS[ending](utterances, clip, partial)
    except OSError as error:
        reason = error.strerror or error
        raise SettingError(f"{target}: cannot be written ({reason})") from error
    return target
