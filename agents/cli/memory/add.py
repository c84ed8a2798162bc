"""`affectgraph memory add`: store annotated clips as cases."""

import json as json_module
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.progress import Progress

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.annotation import Annotator, checked_label
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.messages import print_error, print_line
from affectgraph.agents.evaluation import read_manifest
from affectgraph.agents.evaluation.run import open_clip
from affectgraph.memory import Case
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.io.terminal import Terminal, live_display

What = Annotated[
    Path | None,
    typer.Argument(metavar="CLIP", help="A clip, or a manifest of clips (.csv)."),
]
Label = Annotated[str | None, typer.Option(help="Basic emotion, or a synonym.")]
Labels = Annotated[
    str, typer.Option(help="Further words, most specific first, separated by commas.")
]
LabelSource = Annotated[str, typer.Option(help='Origin of the label, such as "acted".')]
Source = Annotated[str, typer.Option(help="Data set or place of the clip.")]


class LabelledClip(NamedTuple):
    """A clip, opened when it is needed, and its label."""

    name: str
    open: Callable[[], Clip]
    label: str
    labels: tuple[str, ...] = ()


def add(
    clip: What = None,
    label: Label = None,
    labels: Labels = "",
    text: options.Text = None,
    annotator: options.Annotator = "",
    label_source: LabelSource = "",
    licence: options.Licence = "",
    source: Source = "",
    tools: options.Tools = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Store a clip, or all clips of a manifest, with label, vectors and summary.

    Clips that the memory already holds are skipped, so an interrupted command can be
    repeated. A manifest has the columns that `evaluate` reads.

    Example: affectgraph memory add clip.mp4 --label sad --memory cases
    """
    clips = list(_read_clips(clip, label, labels, text))
    by = Annotator(annotator, label_source, licence, source)
    agent = EmotionAgent(
        llm=None,
        tools=options.split_names(tools),
        memory=case_memory.open_or_create(memory),
        progress=True,
    )
    failed = False
    single = len(clips) == 1
    progress = Progress(console=Terminal(stderr=True), transient=True, disable=single)
    with live_display(progress) as bar:
        for item in bar.track(clips, description="adding"):
            try:
                case, new = agent.remember(item.open(), item.label, item.labels, by=by)
            except ClipError as error:
                print_error(error if single else f"{item.name}: {error}")
                failed = True
                continue
            _print_case(item.name, case, new, json=json)
    if failed:
        raise typer.Exit(1)


def _read_clips(
    clip: Path | None, label: str | None, labels: str, text: str | None
) -> Iterator[LabelledClip]:
    if clip is not None and clip.suffix.lower() == ".csv":
        if label is not None or labels or text is not None:
            raise SettingError(f"{clip}: a manifest has its own labels and texts")
        rows = read_manifest(clip)
        for row in rows:
            name = f"row {row.number}"
            yield LabelledClip(name, partial(open_clip, row, rows), row.label)
        return
    if clip is None and text is None:
        raise SettingError("nothing to add: name a clip or a manifest, or pass --text")
    if label is None:
        raise SettingError("a clip needs a label: pass --label")
    checked_label(label)
    words = tuple(word.strip() for word in labels.split(",") if word.strip())
    name = clip.name if clip else "text"
    yield LabelledClip(name, partial(Clip.open, clip, text=text), label, words)


def _print_case(name: str, case: Case, new: bool, *, json: bool) -> None:
    if json:
        row = {"clip": name, "new": new, "case": case.model_dump(mode="json")}
        print(json_module.dumps(row, ensure_ascii=False), flush=True)
        return
    words = f" ({', '.join(case.labels)})" if case.labels else ""
    state = "added" if new else "already known"
    print_line(f"{case.id}  {name}: {case.label}{words}, {state}")
