"""`affectgraph memory search` and `stats`: which cases there are."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.memory import filters, location
from affectgraph.memory import Case, Recalled
from affectgraph.memory import Stats as Held
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal

Words = Annotated[
    str, typer.Argument(help='What is said of it: "smiles while the voice trembles".')
]
OfClip = Annotated[
    Path | None, typer.Option("--clip", help="Cases that are like this clip.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]
_WIDTH = 132


def search(
    words: Words = "",
    clip: OfClip = None,
    label: filters.Label = None,
    source: filters.Source = None,
    annotator: filters.By = None,
    since: filters.Since = None,
    until: filters.Until = None,
    limit: Limit = 10,
    tools: options.Tools = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Find your own cases by words and filters; or any that are like a clip.

    Example: affectgraph memory search "smiles" --label sad --memory cases
    """
    held = location.existing(memory)
    wanted = filters.given(label, source, annotator, since, until)
    if clip is not None:
        if words or wanted:
            raise SettingError("--clip goes without words and filters")
        agent = EmotionAgent(
            llm=None, tools=options.names(tools), memory=held, progress=True
        )
        _show_alike(agent.alike(clip, limit=limit), json=json)
        return
    _show(held.search(words, **wanted, limit=limit), json=json)


def stats(memory: options.Memory = None, json: options.Json = False) -> None:
    """Say what the memory holds.

    Example: affectgraph memory stats --memory cases
    """
    held = location.existing(memory).stats()
    if json:
        print(held.model_dump_json())
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _told(held).items():
        table.add_row(name, value)
    _console().print(table)


def _told(held: Held) -> dict[str, str]:
    return {
        "place": held.place or "",
        "cases": str(held.cases),
        "labels": _listed(held.labels),
        "sources": _listed(held.sources),
        "corrections": str(held.corrections),
        "vectors": "; ".join(
            f"{space.space}: {space.vectors} of {space.dimension}, {space.index}"
            for space in held.spaces
        ),
        "size": f"{held.bytes / 1e6:.1f} MB",
        "seed cases": str(held.seed_cases),
    }


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name or 'none'} {count}" for name, count in counts.items())


def _show(cases: list[Case], *, json: bool) -> None:
    if json:
        for case in cases:
            print(case.model_dump_json())
        return
    table = Table("case", "label", "kept", "by", "source", "summary", box=None)
    for case in cases:
        table.add_row(case.id, *_row(case), case.summary)
    _console().print(table)


def _show_alike(found: list[Recalled], *, json: bool) -> None:
    if json:
        for one in found:
            told = {
                "similarity": one.similarity,
                "modalities": one.modalities,
                "case": one.case.model_dump(mode="json"),
            }
            print(json_module.dumps(told, ensure_ascii=False))
        return
    table = Table("alike", "in", "case", "label", "kept", "by", "source", box=None)
    for one in found:
        how = f"{one.similarity:.2f}", ", ".join(one.modalities)
        table.add_row(*how, one.case.id, *_row(one.case))
    _console().print(table)


def _row(case: Case) -> tuple[str, ...]:
    words = f" ({', '.join(case.labels)})" if case.labels else ""
    created = f"{case.created:%Y-%m-%d}"
    return case.label + words, created, case.annotator, case.source


def _console() -> Terminal:
    return Terminal(highlight=False, piped_width=_WIDTH)
