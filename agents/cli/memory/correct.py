"""`affectgraph memory correct`, `undo`, `history`: corrections of verdicts."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Column, Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.annotation import checked_label
from affectgraph.agents.cli import case_memory, options
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Correction
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError, first_problem
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
    str | None,
    typer.Argument(
        metavar="VERDICT", help="As for `correct`; without it, all corrections."
    ),
]
Label = Annotated[str, typer.Argument(help="Basic emotion, or a synonym.")]
Note = Annotated[str, typer.Option(help="Reason.")]
OfClip = Annotated[
    Path | None, typer.Option(help="The clip of the verdict, to perceive it again.")
]
Text = Annotated[str | None, typer.Option(help="The words that came with the clip.")]
Runs = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of analyze --runs.")
]
_VERDICT_SUFFIXES = {".json", ".jsonl"}
_MAX_CHARACTERS = 64 << 20


def correct(
    target: What,
    label: Label,
    note: Note = "",
    annotator: options.Annotator = "",
    clip: OfClip = None,
    text: Text = None,
    runs: Runs = None,
    tools: options.Tools = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Store the label that a verdict should have had.

    The clip becomes a case that similar clips recall. Its vectors come from an earlier
    case of the clip, from --runs, or from --clip; for a text, from --text. Instead of a
    verdict you can name the clip: it is analysed first, without a language model.

    Example: affectgraph memory correct verdict.json sad --clip talk.mp4 --memory cases
    """
    checked_label(label)
    if runs is not None and not runs.is_dir():
        raise SettingError(
            f"{runs}: not a folder; name the one given to analyze --runs"
        )
    verdict = read_verdict(target) if _is_verdict(target) else None
    text_only = verdict is not None and text is not None
    opened_clip = Clip.open(clip, text=text) if clip or text_only else None
    agent = EmotionAgent(
        llm=None,
        tools=options.split_names(tools),
        memory=case_memory.open_or_create(memory),
        runs=runs,
        progress=True,
    )
    if verdict is None:
        verdict = agent.analyze(Path(target), text=text)
    _print_corrections(
        [agent.correct(verdict, label, note, annotator, clip=opened_clip)], json=json
    )


def undo(
    target: What,
    note: Note = "",
    annotator: options.Annotator = "",
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Undo the latest correction; the one before it applies again.

    Example: affectgraph memory undo verdict.json --memory cases
    """
    clip = clip_identity(target)
    entry = case_memory.open_existing(memory).undo(clip, note=note, annotator=annotator)
    _print_corrections([entry], json=json)


def history(
    target: About = None, memory: options.Memory = None, json: options.Json = False
) -> None:
    """Show all corrections, oldest first: when, by whom, from what, to what, and why.

    Example: affectgraph memory history --memory cases
    """
    clip = None if target is None else clip_identity(target)
    _print_corrections(case_memory.open_existing(memory).history(clip), json=json)


def read_verdict(target: str) -> Verdict:
    """The verdict in a file, or on standard input for `-`."""
    name = "standard input" if target == "-" else target
    text = (
        _read_standard_input()
        if target == "-"
        else read_text(Path(target), SettingError, max_bytes=_MAX_CHARACTERS)
    )
    try:
        return Verdict.model_validate_json(text)
    except ValidationError as error:
        problem = first_problem(error, "JSON")
        raise SettingError(
            f"{name}: not one verdict of analyze --json ({problem})"
        ) from error


def _read_standard_input() -> str:
    try:
        text = sys.stdin.read(_MAX_CHARACTERS + 1)
    except UnicodeDecodeError as error:
        raise SettingError("standard input: it is not UTF-8") from error
    if len(text) > _MAX_CHARACTERS:
        raise SettingError(f"standard input: over {_MAX_CHARACTERS:,} characters")
    return text


def clip_identity(target: str) -> str:
    """Hash that identifies a clip, or the clip of a verdict, in the memory."""
    if _is_verdict(target):
        return read_verdict(target).clip.identity
    return Clip.open(Path(target)).footage


def _is_verdict(target: str) -> bool:
    return target == "-" or Path(target).suffix.lower() in _VERDICT_SUFFIXES


def _print_corrections(entries: list[Correction], *, json: bool) -> None:
    if json:
        for entry in entries:
            print(entry.model_dump_json(), flush=True)
        return
    columns = (Column(name, no_wrap=True) for name in ("when", "clip", "what"))
    table = Table(*columns, "from", "to", "who", "why", box=None)
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
