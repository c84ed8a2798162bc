"""`affectgraph memory export`, `import` and `forget`: move and delete cases."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.memory import filters
from affectgraph.agents.cli.messages import print_line
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.memory import Memory, database_from_env
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON lines (.jsonl) or .parquet.")
]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Ids of cases.")]
OfClip = Annotated[Path | None, typer.Option(help="Everything about this clip.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def export(file: File, memory: options.Memory = None) -> None:
    """Write your own cases with their vectors to a file.

    Example: affectgraph memory export cases.parquet --memory cases
    """
    count = case_memory.open_existing(memory).export(file)
    print_line(f"{count} cases written to {file}")


def import_(file: File, memory: options.Memory = None) -> None:
    """Add the cases of a file that `export` wrote; skip those already stored.

    Example: affectgraph memory import cases.jsonl --memory cases
    """
    new = case_memory.open_or_create(memory).import_(file)
    print_line(f"{new} new cases from {file}")


def forget(
    ids: Ids = None,
    clip: OfClip = None,
    label: filters.Label = None,
    source: filters.Source = None,
    annotator: filters.By = None,
    since: filters.Since = None,
    until: filters.Until = None,
    yes: Yes = False,
    memory: options.Memory = None,
    evidence: options.Evidence = None,
) -> None:
    """Delete cases for good: rows, vectors, index entries, and their history.

    With --evidence, also delete the cached perception results of the --clip. If the
    command is interrupted, or another process still reads the data, run it again.

    Example: affectgraph memory forget --annotator ann --memory cases
    """
    if evidence is not None and clip is not None:
        _forget_evidence(evidence, clip, yes=yes)
        if memory is None and database_from_env() is None:
            return
    store = case_memory.open_existing(memory)
    selection = filters.search_filters(label, source, annotator, since, until)
    if not (ids or clip or selection):
        raise SettingError("nothing to forget: name ids, a --clip or a filter")
    footage = Clip.open(clip).footage if clip else None
    cases = {name for name in ids or () if store.get(name)}
    for query in (selection, {"sha256": footage} if footage else {}):
        if query:
            matches = store.search(**query, limit=filters.UNLIMITED)
            cases |= {case.id for case in matches}
    _forget_cases(store, cases, footage, yes=yes)


def _forget_cases(
    store: Memory, cases: set[str], footage: str | None, *, yes: bool
) -> None:
    history = store.history(footage) if footage else []
    print(f"{len(cases)} cases" + (f", {len(history)} corrections" if history else ""))
    if (cases or history) and not yes:
        typer.confirm("Delete them for good?", abort=True, err=True)
    # Also without any case: an earlier command may have been interrupted.
    print(f"{store.forget(*cases, clip=footage)} cases forgotten")


def _forget_evidence(folder: Path, clip: Path, *, yes: bool) -> None:
    if not yes:
        typer.confirm("Delete its cached perception results?", abort=True, err=True)
    with closing(EvidenceCache(folder)) as cache:
        print(f"{cache.forget(Clip.open(clip).footage)} answers of senses forgotten")
