"""`affectgraph what-if`: a recorded run with changed evidence."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.messages import print_error
from affectgraph.agents.verdict_diff import diff_verdicts, summarize_what_if
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal

Recorded = Annotated[
    Path, typer.Argument(metavar="RUN", help="File that analyze --record wrote.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="ID.NAME=VALUE",
        help="Change a measurement (a number, low, typical or high), a quality or a "
        "distribution (sad:0.7,neutral:0.3); may be repeated.",
    ),
]
Without = Annotated[
    str | None, typer.Option(help="Senses to leave out, separated by commas.")
]
Only = Annotated[str | None, typer.Option(help="Senses to keep, separated by commas.")]


def what_if(
    run: Recorded,
    values: Set = None,
    without: Without = None,
    only: Only = None,
    no_llm: options.NoLlm = False,
    json: options.Json = False,
) -> None:
    """Change evidence of a recorded run, and compare the verdicts.

    No sense runs. The language model is asked only where its prompt changes.

    Example: affectgraph what-if runs/run-1f.json --set P2.pitch=high
    """
    edits = Edits.of(
        values or (),
        options.split_names(without) or (),
        options.split_names(only) or (),
    )
    if not edits.descriptions:
        raise SettingError("nothing to change: use --set, --without or --only")
    recorded = RecordedRun.load(run)
    outcome = _create_agent(recorded, no_llm=no_llm).what_if(recorded, edits)
    if json:
        print(outcome.model_dump_json())
    else:
        _print_outcome(outcome)


def _print_outcome(outcome: WhatIf) -> None:
    """Print the changes field by field, and how they were computed."""
    console = Terminal()
    before, after = outcome.original, outcome.verdict
    table = Table("what if", "recorded", "; ".join(after.provenance.edits), box=None)
    for name, (old, new) in diff_verdicts(before, after).items():
        style = "bold" if old != new else "dim"
        table.add_row(name, old, new, style=style)
    console.print(table)
    for sign, claims in (
        (("- no longer", "red"), set(before.claims) - set(after.claims)),
        (("+ now", "green"), set(after.claims) - set(before.claims)),
    ):
        for claim in sorted(claims, key=str):
            line = Text.assemble(sign, f": {claim}")
            console.print(line, highlight=False)
    console.print(summarize_what_if(outcome), style="dim", highlight=False)


def _create_agent(run: RecordedRun, *, no_llm: bool) -> EmotionAgent:
    """An agent with the language model of the run, if a name identifies it."""
    name = None if no_llm else run.record.reasoner
    try:
        return EmotionAgent(llm=name, progress=True)
    except SettingError as error:
        print_error(f"the language model is not asked again: {error}")
        return EmotionAgent(llm=None)
