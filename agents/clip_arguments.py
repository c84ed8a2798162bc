"""Clips as arguments of the agent: open one, list many."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.clip.media_folder import find_media
from affectgraph.tools.clip.source import Source, is_array, is_single_source
from affectgraph.tools.errors import SettingError
from affectgraph.tools.sanitize import printable_path

Clips = Iterable[Source | Clip] | Source | Clip


def open_clip(source: Source | Clip | None, limits: Limits, **options: Any) -> Clip:
    """Open a source with options of `Clip.open`; an open clip is returned as it is."""
    if not isinstance(source, Clip):
        return Clip.open(source, limits=limits, **options)
    for name in ("audio", "sampling_rate", "text"):
        if options.get(name) is not None:
            raise SettingError(f"{name}: the clip is open; give it to Clip.open")
    return source


def sampling_rate_of(source: Source | Clip, sampling_rate: int | None) -> int | None:
    """Return the rate at which to open a source: an open clip has its own."""
    return None if isinstance(source, Clip) else sampling_rate


def list_clips(name: str, clips: Clips) -> Iterable[Any]:
    """List the clips of an argument.

    One clip becomes a list of one; a folder becomes the media in it and below.
    """
    if isinstance(clips, str | os.PathLike) and os.path.isdir(clips):
        return find_media(Path(os.fsdecode(clips)))
    if isinstance(clips, Clip) or is_single_source(clips):
        return [clips]
    if is_array(clips):
        raise SettingError(
            f"{name}: one array; pass [array] for one clip, list(array) for many"
        )
    if isinstance(clips, Mapping) or not isinstance(clips, Iterable):
        raise SettingError(
            f"{name}: a {type(clips).__name__}; pass a folder, or a list of clips"
        )
    return clips


def clip_name(source: Source | Clip) -> str:
    """Name a clip in a table: its path, or the kind of data that it comes from."""
    if isinstance(source, Clip):
        return source.info.path or source.info.name
    if isinstance(source, str | os.PathLike):
        return printable_path(Path(os.fsdecode(source)))
    return type(source).__name__
