"""Which columns a table of features has, and its rows, clip by clip."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

from affectgraph.agents.features.affect import Columns
from affectgraph.agents.features.face import face_blocks, face_columns
from affectgraph.agents.features.prosody import (
    FRAME_COLUMNS,
    FUNCTIONAL_COLUMNS,
    frame_blocks,
    functional_blocks,
)
from affectgraph.agents.features.words import WORD_COLUMNS, word_blocks
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import (
    AffectgraphError,
    SenseError,
    SettingError,
    WeightsError,
    one_line,
)
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody import prosody
from affectgraph.tools.timeout import check_fork
from affectgraph.tools.transcript import transcript
from affectgraph.tools.transcript.sense import recogniser_weights
from affectgraph.tools.weights import ensure

if TYPE_CHECKING:
    import pandas

FeatureSense = Literal["face", "prosody", "transcript"]

TEXT_COLUMNS = ("file", "word", "reason")
_TIME_COLUMNS = ("timestamp", "start", "end")
_WHOLE_NUMBERS = ("frame", "face_id", "success", "speech", "voiced")
# Enough for every measure, and for times to a hundredth of a millisecond.
_DECIMALS = 5


@dataclass(frozen=True)
class FeatureTable:
    """A kind of table.

    Attributes:
        tool: The sense that measures it.
        measured: Its columns, without the file and the reason.
        blocks: Measures a clip, part by part.
    """

    tool: PerceptionTool
    measured: tuple[str, ...]
    blocks: Callable[[Clip], Iterator[Columns]]

    def needed_weights(self, clip: Clip) -> tuple[str, ...]:
        """Names of the weights for a clip; words need those of the recogniser alone."""
        if self.tool is transcript:
            return recogniser_weights(clip)
        return self.tool.needed_weights(clip)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in order."""
        return ("file", *self.measured, "reason")

    def frame(self, rows: Mapping[str, object]) -> "pandas.DataFrame":
        """A data frame of rows; missing columns are empty, times are in seconds."""
        import pandas

        types = dict.fromkeys(self.columns, "float64")
        types |= dict.fromkeys(_WHOLE_NUMBERS, "Int64")
        types |= dict.fromkeys(TEXT_COLUMNS, "string")
        frame = pandas.DataFrame(rows, columns=self.columns)
        kinds = {name: types[name] for name in self.columns}
        return frame.astype(kinds).round(_DECIMALS)


@dataclass(frozen=True)
class FeatureBlock:
    """Rows of one clip.

    Attributes:
        file: Name of the clip.
        frame: The rows; times are in seconds.
        progress: Share of the clip that is measured.
        error: Why there are no more rows; it is also the `reason` of the last one.
    """

    file: str
    frame: "pandas.DataFrame"
    progress: float
    error: AffectgraphError | None = None


@dataclass(frozen=True)
class ClipToOpen:
    """A clip of a table: its name, and how it is opened."""

    name: str
    open: Callable[[], Clip]


def choose_table(
    sense: FeatureSense,
    *,
    rate: float | None = None,
    landmarks: bool = False,
    functionals: bool = False,
    window: float | None = None,
) -> FeatureTable:
    """Return the table of a sense; arguments are those of `EmotionAgent.features`.

    Raises:
        SettingError: If an argument is invalid, or does not fit the sense.
    """
    _check_fits(sense, "face", rate=rate, landmarks=landmarks)
    _check_fits(sense, "prosody", functionals=functionals, window=window)
    if window is not None and not functionals:
        raise SettingError("window: only functionals have one; ask for functionals")
    for name, value in (("rate", rate), ("window", window)):
        if value is not None and not value > 0:
            raise SettingError(f"{name} is {value!r}; use more than 0")
    match sense:
        case "face":
            blocks = partial(face_blocks, rate=rate, landmarks=landmarks)
            return FeatureTable(face, face_columns(landmarks=landmarks), blocks)
        case "prosody" if functionals:
            blocks = partial(functional_blocks, seconds=window)
            return FeatureTable(prosody, FUNCTIONAL_COLUMNS, blocks)
        case "prosody":
            return FeatureTable(prosody, FRAME_COLUMNS, frame_blocks)
        case "transcript":
            return FeatureTable(transcript, WORD_COLUMNS, word_blocks)
    raise SettingError(f"sense {sense!r}: use {', '.join(get_args(FeatureSense))}")


def _check_fits(sense: str, needed: str, **options: object) -> None:
    for name, value in options.items():
        if value and sense != needed:
            raise SettingError(f"{name}: an option of {needed}, not of {sense}")


def read_clips(
    table: FeatureTable, clips: Iterable[ClipToOpen], *, progress: bool = False
) -> Iterator[FeatureBlock]:
    """Measure clips; one that cannot be used gives a row with the reason.

    Args:
        table: What to measure.
        clips: The clips.
        progress: Show downloads on standard error.

    Raises:
        WeightsError: If the weights cannot be used or fetched.
    """
    check_fork()
    for clip in clips:
        try:
            yield from _read_clip(table, clip, progress=progress)
        except (SettingError, WeightsError):
            raise
        except AffectgraphError as error:
            row = table.frame({"file": [clip.name], "reason": [one_line(error)]})
            yield FeatureBlock(clip.name, row, 1.0, error)


def _read_clip(
    table: FeatureTable, source: ClipToOpen, *, progress: bool
) -> Iterator[FeatureBlock]:
    clip = source.open()
    if lacking := table.tool.missing_input(clip):
        raise SenseError(lacking)
    ensure.ensure_weights(table.needed_weights(clip), progress=progress)
    empty = True
    for columns in table.blocks(clip):
        frame = table.frame({"file": source.name, **columns})
        reached = frame[_time_columns(frame)[-1]].max()
        share = min(1.0, reached / clip.span.seconds) if clip.span.seconds else 1.0
        yield FeatureBlock(source.name, frame, share)
        empty = False
    if empty:
        raise SenseError("nothing in it could be decoded")


def index_by_time(frame: "pandas.DataFrame") -> "pandas.DataFrame":
    """The same rows with times as `Timedelta`, the first of them as the index."""
    import pandas

    times = _time_columns(frame)
    for name in times:
        seconds = pandas.to_timedelta(frame[name], unit="s")
        frame = frame.assign(**{name: seconds.astype("timedelta64[ns]")})
    return frame.set_index(times[0])


def _time_columns(frame: "pandas.DataFrame") -> list[str]:
    return [name for name in _TIME_COLUMNS if name in frame.columns]
