"""`affectgraph memory add`: annotated clips become cases."""

import json as json_module
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.progress import Progress

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.annotation.annotator import Annotator, checked_label
from affectgraph.agents.cli import options
from affectgraph.agents.cli.memory import location
from affectgraph.agents.cli.output import complain, say
from affectgraph.agents.evaluation import read_manifest
from affectgraph.agents.evaluation.run import open_clip
from affectgraph.memory import Case
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.io.terminal import Terminal, live

What = Annotated[
    Path | None,
    typer.Argument(metavar="CLIP", help="A clip, or a manifest of clips: .csv."),
]
Label = Annotated[
    str | None, typer.Option("--label", help="Basic emotion, or a word for one.")
]
Labels = Annotated[
    str, typer.Option("--labels", help="More words, most specific first; commas.")
]
Text = Annotated[
    str | None, typer.Option("--text", help="The words, instead of recognising them.")
]
By = Annotated[str, typer.Option("--annotator", help="Who says so: a handle.")]
LabelSource = Annotated[
    str, typer.Option("--label-source", help='How it came about, such as "acted".')
]
Licence = Annotated[str, typer.Option("--licence", help="Terms of the clip.")]
Source = Annotated[str, typer.Option("--source", help="Set or place it came from.")]


class Labelled(NamedTuple):
    """A clip that is opened when its turn comes, and what it is labelled."""

    name: str
    open: Callable[[], Clip]
    label: str
    labels: tuple[str, ...] = ()


def add(
    clip: What = None,
    label: Label = None,
    labels: Labels = "",
    text: Text = None,
    annotator: By = "",
    label_source: LabelSource = "",
    licence: Licence = "",
    source: Source = "",
    tools: options.Tools = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Keep a clip, or all of a manifest, with its label: vectors and a summary.

    What is in the memory already is passed over, so that the same command goes on
    where it was cut off. A manifest has the columns that `evaluate` reads.

    Example: affectgraph memory add clip.mp4 --label sad --memory cases
    """
    todo = list(_labelled(clip, label, labels, text))
    by = Annotator(annotator, label_source, licence, source)
    agent = EmotionAgent(
        llm=None,
        tools=options.names(tools),
        memory=location.begun(memory),
        progress=True,
    )
    failed = False
    console, alone = Terminal(stderr=True), len(todo) == 1
    with live(Progress(console=console, transient=True, disable=alone)) as bar:
        for one in bar.track(todo, description="adding"):
            try:
                case, new = agent.remember(one.open(), one.label, one.labels, by=by)
            except ClipError as error:
                complain(f"{one.name}: {error}" if len(todo) > 1 else error)
                failed = True
                continue
            _show(one.name, case, new, json=json)
    if failed:
        raise typer.Exit(1)


def _labelled(
    clip: Path | None, label: str | None, labels: str, text: str | None
) -> Iterator[Labelled]:
    if clip is not None and clip.suffix.lower() == ".csv":
        if label is not None or labels or text is not None:
            raise SettingError(f"{clip}: a manifest has its own labels and texts")
        rows = read_manifest(clip)
        for row in rows:
            name = f"row {row.number}"
            yield Labelled(name, partial(open_clip, row, rows), row.label)
        return
    if clip is None and text is None:
        raise SettingError("nothing to add: name a clip or a manifest, or pass --text")
    if label is None:
        raise SettingError("a clip is added with its label: pass --label")
    checked_label(label)
    words = tuple(word.strip() for word in labels.split(",") if word.strip())
    name = clip.name if clip else "text"
    yield Labelled(name, partial(Clip.open, clip, text=text), label, words)


def _show(name: str, case: Case, new: bool, *, json: bool) -> None:
    if json:
        told = {"clip": name, "new": new, "case": case.model_dump(mode="json")}
        print(json_module.dumps(told, ensure_ascii=False), flush=True)
        return
    words = f" ({', '.join(case.labels)})" if case.labels else ""
    state = "added" if new else "known already"
    say(f"{case.id}  {name}: {case.label}{words}, {state}")
