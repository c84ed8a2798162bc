"""`affectgraph memory search` and `stats`: find and count cases."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.memory import filters
from affectgraph.memory import Case, Recalled, Stats
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal

Words = Annotated[
    str, typer.Argument(help='Words of the summary: "smiles while the voice trembles".')
]
OfClip = Annotated[Path | None, typer.Option(help="Find cases similar to this clip.")]
Limit = Annotated[int, typer.Option(min=1, help="Maximum number of cases.")]
_PIPED_WIDTH = 132


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
    """Find your own cases by words and filters, or all cases similar to a clip.

    Example: affectgraph memory search "smiles" --label sad --memory cases
    """
    store = case_memory.open_existing(memory)
    selection = filters.search_filters(label, source, annotator, since, until)
    if clip is not None:
        if words or selection:
            raise SettingError("--clip cannot be combined with words or filters")
        agent = EmotionAgent(
            llm=None, tools=options.split_names(tools), memory=store, progress=True
        )
        _print_similar(agent.alike(clip, limit=limit), json=json)
        return
    _print_cases(store.search(words, **selection, limit=limit), json=json)


def stats(memory: options.Memory = None, json: options.Json = False) -> None:
    """Show what the memory holds, and whether its cases help.

    Example: affectgraph memory stats --memory cases
    """
    summary = case_memory.open_existing(memory).stats()
    if json:
        print(summary.model_dump_json())
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _describe_stats(summary).items():
        table.add_row(name, value)
    _create_console().print(table)


def _describe_stats(stats: Stats) -> dict[str, str]:
    return {
        "place": stats.place or "",
        "cases": str(stats.cases),
        "labels": _format_counts(stats.labels),
        "sources": _format_counts(stats.sources),
        "trust": str(stats.trust),
        "corrections": str(stats.corrections),
        "vectors": "; ".join(
            f"{space.space}: {space.vectors} of {space.dimension}, {space.index}"
            for space in stats.spaces
        ),
        "size": f"{stats.bytes / 1e6:.1f} MB",
        "seed cases": str(stats.seed_cases),
    }


def _format_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name or 'none'} {count}" for name, count in counts.items())


def _print_cases(cases: list[Case], *, json: bool) -> None:
    if json:
        for case in cases:
            print(case.model_dump_json())
        return
    table = Table("case", "label", "stored", "by", "source", "summary", box=None)
    for case in cases:
        table.add_row(case.id, *_describe_case(case), case.summary)
    _create_console().print(table)


def _print_similar(cases: list[Recalled], *, json: bool) -> None:
    if json:
        for recalled in cases:
            row = {
                "similarity": recalled.similarity,
                "modalities": recalled.modalities,
                "case": recalled.case.model_dump(mode="json"),
            }
            print(json_module.dumps(row, ensure_ascii=False))
        return
    table = Table(
        "similarity", "in", "case", "label", "stored", "by", "source", box=None
    )
    for recalled in cases:
        case = recalled.case
        similarity, modalities = f"{recalled.similarity:.2f}", recalled.modalities
        table.add_row(similarity, ", ".join(modalities), case.id, *_describe_case(case))
    _create_console().print(table)


def _describe_case(case: Case) -> tuple[str, ...]:
    words = f" ({', '.join(case.labels)})" if case.labels else ""
    created = f"{case.created:%Y-%m-%d}"
    return case.label + words, created, case.annotator, case.source


def _create_console() -> Terminal:
    return Terminal(highlight=False, piped_width=_PIPED_WIDTH)
