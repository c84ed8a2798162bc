"""`affectgraph features`: what the senses measure, as a table."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from affectgraph.agents.batch.sources import find_clips
from affectgraph.agents.cli import options
from affectgraph.agents.cli.messages import print_error
from affectgraph.agents.features.files import (
    WriteRows,
    csv_writer,
    open_file,
    print_json,
)
from affectgraph.agents.features.table import (
    ClipToOpen,
    FeatureBlock,
    FeatureSense,
    FeatureTable,
    choose_table,
    read_clips,
)
from affectgraph.agents.governance.purpose import (
    checked_purpose,
    purpose_conditions,
)
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.io.terminal import Terminal, live_display

Clips = Annotated[
    list[Path],
    typer.Argument(
        metavar="CLIP...",
        help="Video, audio or image files; folders, manifests (.csv), patterns.",
    ),
]
Sense = Annotated[
    FeatureSense,
    typer.Option(help="What to measure: faces, the voice, or the words."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        dir_okay=False,
        help="Write the table into this .csv or .parquet. [default: CSV on standard "
        "output]",
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(help="Frames a second to look for faces in. [default: every frame]"),
]
Landmarks = Annotated[
    bool, typer.Option("--landmarks", help="Also write the 68 landmarks of a face.")
]
Functionals = Annotated[
    bool, typer.Option("--functionals", help="Statistics of the voice, a row a clip.")
]
Window = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="With --functionals: a row every so long."),
]
Language = Annotated[str, typer.Option(help="Spoken language, such as de.")]


def features(
    clips: Clips,
    *,
    sense: Sense,
    out: Out = None,
    rate: Rate = None,
    landmarks: Landmarks = False,
    functionals: Functionals = False,
    window: Window = None,
    language: Language = ENGLISH,
    purpose: options.Purpose = None,
    json: options.Json = False,
) -> None:
    """Write what a sense measures as a table: a row a frame and face, or a word.

    A clip that cannot be used has a row with the reason. docs/features.md explains
    every column with its unit.

    Example: affectgraph features clips --sense face --out faces.csv
    """
    for condition in purpose_conditions(checked_purpose(purpose)):
        print_error(condition)
    if json and out is not None:
        raise SettingError("--json prints and --out writes: use one of them")
    table = choose_table(
        sense,
        rate=rate,
        landmarks=landmarks,
        functionals=functionals,
        window=window,
    )
    sources = [
        ClipToOpen(source.name, source.open) for source in find_clips(clips, language)
    ]
    rows = failed = 0
    with _destination(out, table, json=json) as write:
        for block in _with_progress(table, sources):
            write(block.frame)
            rows += len(block.frame)
            if block.error is not None:
                _print_reason(block)
                failed += isinstance(block.error, ClipError)
    if out is not None:
        print(f"{out}: {rows} rows", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


@contextmanager
def _destination(
    out: Path | None, table: FeatureTable, *, json: bool
) -> Iterator[WriteRows]:
    if out is not None:
        with open_file(out, table) as write:
            yield write
    else:
        yield print_json if json else csv_writer(sys.stdout, table)


def _with_progress(
    table: FeatureTable, sources: Sequence[ClipToOpen]
) -> Iterator[FeatureBlock]:
    """The rows, and on standard error a bar of clips."""
    console = Terminal(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=not console.is_terminal,
    )
    order = {source.name: number for number, source in enumerate(sources)}
    with live_display(bar):
        task = bar.add_task("measuring", total=len(sources))
        for block in read_clips(table, sources, progress=True):
            done = order[block.file] + block.progress
            bar.update(task, description=block.file, completed=done)
            yield block


def _print_reason(block: FeatureBlock) -> None:
    """Errors about a file name it; what a sense misses is said of the clip."""
    error = block.error
    print_error(error if isinstance(error, ClipError) else f"{block.file}: {error}")
