"""`affectgraph memory export`, `import` and `forget`: cases come and go."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli import options
from affectgraph.agents.cli.memory import filters, location
from affectgraph.agents.cli.output import say
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.memory import database_from_env
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON lines (.jsonl) or .parquet.")
]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Cases, by id.")]
OfClip = Annotated[
    Path | None, typer.Option("--clip", help="All there is about this clip.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def export(file: File, memory: options.Memory = None) -> None:
    """Write your own cases, vectors included, to a file.

    Example: affectgraph memory export cases.parquet --memory cases
    """
    count = location.existing(memory).export(file)
    say(f"{count} cases written to {file}")


def import_(file: File, memory: options.Memory = None) -> None:
    """Add the cases of a file that `export` wrote; what is known is passed over.

    Example: affectgraph memory import cases.jsonl --memory cases
    """
    new = location.begun(memory).import_(file)
    say(f"{new} new cases from {file}")


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

    Where it was cut off, or others still read what it deletes, run the same again.

    With --evidence, what senses said of the --clip, too.

    Example: affectgraph memory forget --annotator ann --memory cases
    """
    if evidence is not None and clip is not None:
        if not yes:
            typer.confirm("Forget what senses said of it?", abort=True, err=True)
        with closing(EvidenceCache(evidence)) as kept:
            print(f"{kept.forget(Clip.open(clip).footage)} answers of senses forgotten")
        if memory is None and database_from_env() is None:
            return
    held = location.existing(memory)
    filtered = filters.given(label, source, annotator, since, until)
    if not (ids or clip or filtered):
        raise SettingError("nothing to forget: name ids, a --clip or a filter")
    chosen = {name for name in ids or () if held.get(name)}
    footage = Clip.open(clip).footage if clip else None
    for wanted in (filtered, {"sha256": footage} if footage else {}):
        if wanted:
            chosen |= {case.id for case in held.search(**wanted, limit=filters.ALL)}
    history = held.history(footage) if footage else []
    print(f"{len(chosen)} cases" + (f", {len(history)} corrections" if history else ""))
    if (chosen or history) and not yes:
        typer.confirm("Forget them for good?", abort=True, err=True)
    # Even if there is nothing: an earlier command may have been cut off.
    print(f"{held.forget(*chosen, clip=footage)} cases forgotten")
