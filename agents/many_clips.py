"""Many clips, from Python: which are meant, and what comes of each."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.media_folder import find_media
from affectgraph.tools.clip.source import Source, is_array, is_single_source
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line

Clips = Iterable[Source | Clip] | Source | Clip


def listed(name: str, clips: Clips) -> Iterable[Any]:
    """The clips that an argument lists.

    One clip is a list of one, and a folder is the media in it and below.

    Raises:
        SettingError: If it lists nothing, or does not tell one clip from many.
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


def answers(
    analyze: Callable[[Any], Verdict], clips: Iterable[Any], workers: int
) -> Iterator[Verdict | AffectgraphError]:
    """Verdicts in the order of the clips; what goes wrong is in place of a verdict.

    Raises:
        SettingError: If there are no workers.
    """

    def answer(clip: Any) -> Verdict | AffectgraphError:
        try:
            return analyze(clip)
        except AffectgraphError as error:
            return error
        except Exception as error:  # whatever it is, it must not cost other clips
            told = AffectgraphError(one_line(error))
            told.__cause__ = error
            return told

    if not isinstance(workers, int) or workers < 1:
        raise SettingError("workers: pass a whole number from 1")
    return _each(answer, clips, workers)


def _each(
    answer: Callable[[Any], Verdict | AffectgraphError],
    clips: Iterable[Any],
    workers: int,
) -> Iterator[Verdict | AffectgraphError]:
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(answer, clips)
