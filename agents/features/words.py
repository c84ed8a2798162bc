"""The words of a clip with their times."""

from collections.abc import Iterator

import numpy as np

from affectgraph.agents.features.affect import Columns
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SenseError
from affectgraph.tools.transcript.sense import read_passages

WORD_COLUMNS = ("start", "end", "word", "probability")


def word_blocks(clip: Clip) -> Iterator[Columns]:
    """List the words that come with a clip, or else those recognised in it.

    Yields:
        `WORD_COLUMNS` of at most 30 s; `word` holds text.

    Raises:
        SenseError: If there are no words.
    """
    last_error: SenseError | None = None
    has_words = False
    for window in split_windows(clip, clip.span):
        try:
            passages = read_passages(clip, window)
        except SenseError as error:
            last_error = error
            continue
        has_words = True
        words = [word for passage in passages for word in passage.words]
        yield {
            "start": np.array([word.span.start for word in words]),
            "end": np.array([word.span.end for word in words]),
            "word": np.array([word.text for word in words], dtype=object),
            "probability": np.array([word.probability for word in words]),
        }
    if last_error is not None and not has_words:
        raise last_error
