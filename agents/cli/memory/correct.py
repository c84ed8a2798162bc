"""`affectgraph memory correct`, `undo`, `history`: what verdicts should have been."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Column, Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.annotation.annotator import checked_label
from affectgraph.agents.cli import options
from affectgraph.agents.cli.memory import location
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Correction
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.reading import read_text
from affectgraph.tools.io.terminal import Terminal

What = Annotated[
    str,
    typer.Argument(
        metavar="VERDICT",
        help="A verdict as `analyze --json` prints it: a file, or - for standard "
        "input; or the clip itself.",
    ),
]
About = Annotated[
    str | None, typer.Argument(metavar="VERDICT", help="As for `correct`; all without.")
]
Label = Annotated[str, typer.Argument(help="Basic emotion, or a word for one.")]
Note = Annotated[str, typer.Option("--note", help="Why.")]
By = Annotated[str, typer.Option("--annotator", help="Who says so: a handle.")]
OfClip = Annotated[
    Path | None,
    typer.Option("--clip", help="The verdict's clip, to perceive it again."),
]
Text = Annotated[
    str | None, typer.Option("--text", help="The words that came with the clip.")
]
Runs = Annotated[
    Path | None,
    typer.Option("--runs", metavar="DIR", help="Folder in which the run was kept."),
]
_VERDICTS = {".json", ".jsonl"}
_MAX_CHARACTERS = 64 << 20


def correct(
    what: What,
    label: Label,
    note: Note = "",
    annotator: By = "",
    clip: OfClip = None,
    text: Text = None,
    runs: Runs = None,
    tools: options.Tools = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Tell the memory which label a verdict should have had.

    Its clip becomes a case, recalled for clips like it. A verdict holds no vectors to
    recall it by: they are taken from another case of the clip, from --runs, or from
    --clip; for words alone, from --text. Where the clip itself is named, it is
    analysed first, without a language model.

    Example: affectgraph memory correct verdict.json sad --clip talk.mp4 --memory cases
    """
    checked_label(label)
    if runs is not None and not runs.is_dir():
        raise SettingError(
            f"{runs}: not a folder; name the one given to analyze --runs"
        )
    verdict = read_verdict(what) if _is_verdict(what) else None
    words_alone = verdict is not None and text is not None
    again = Clip.open(clip, text=text) if clip or words_alone else None
    agent = EmotionAgent(
        llm=None,
        tools=options.names(tools),
        memory=location.begun(memory),
        runs=runs,
        progress=True,
    )
    if verdict is None:
        verdict = agent.analyze(Path(what), text=text)
    _show([agent.correct(verdict, label, note, annotator, clip=again)], json=json)


def undo(
    what: What,
    note: Note = "",
    annotator: By = "",
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Take back the correction in force; the one before it counts again.

    Example: affectgraph memory undo verdict.json --memory cases
    """
    clip = identity(what)
    entry = location.existing(memory).undo(clip, note=note, annotator=annotator)
    _show([entry], json=json)


def history(
    what: About = None, memory: options.Memory = None, json: options.Json = False
) -> None:
    """Show who corrected what, when, from what to what, and why; oldest first.

    Example: affectgraph memory history --memory cases
    """
    clip = None if what is None else identity(what)
    _show(location.existing(memory).history(clip), json=json)


def read_verdict(what: str) -> Verdict:
    """The verdict in a file, or on standard input for `-`.

    Raises:
        SettingError: If it cannot be read, or is not one verdict.
    """
    name = "standard input" if what == "-" else what
    text = (
        _piped()
        if what == "-"
        else read_text(Path(what), SettingError, max_bytes=_MAX_CHARACTERS)
    )
    try:
        return Verdict.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "JSON"
        raise SettingError(
            f"{name}: not one verdict of analyze --json ({where}: {first['msg']})"
        ) from error


def _piped() -> str:
    try:
        text = sys.stdin.read(_MAX_CHARACTERS + 1)
    except UnicodeDecodeError as error:
        raise SettingError("standard input: it is not UTF-8") from error
    if len(text) > _MAX_CHARACTERS:
        raise SettingError(f"standard input: over {_MAX_CHARACTERS:,} characters")
    return text


def identity(what: str) -> str:
    """Hash by which the memory knows the clip of a verdict, or a clip.

    Raises:
        AffectgraphError: If neither can be read.
    """
    if _is_verdict(what):
        return read_verdict(what).clip.identity
    return Clip.open(Path(what)).footage


def _is_verdict(what: str) -> bool:
    return what == "-" or Path(what).suffix.lower() in _VERDICTS


def _show(entries: list[Correction], *, json: bool) -> None:
    if json:
        for entry in entries:
            print(entry.model_dump_json(), flush=True)
        return
    whole = (Column(name, no_wrap=True) for name in ("when", "clip", "what"))
    table = Table(*whole, "from", "to", "who", "why", box=None)
    for entry in entries:
        table.add_row(
            f"{entry.at:%Y-%m-%d %H:%M}",
            entry.clip[:12],
            entry.kind,
            entry.before or "abstains",
            entry.after or "abstains",
            entry.annotator,
            entry.note,
        )
    Terminal().print(table)
