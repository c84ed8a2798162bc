"""`affectgraph what-if`: a recorded run, had its evidence been another."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.output import complain
from affectgraph.agents.verdict_diff import differences, done
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
        "distribution (sad:0.7,neutral:0.3). May be given several times.",
    ),
]
Without = Annotated[
    str | None, typer.Option("--without", help="Senses to leave out, with commas.")
]
Only = Annotated[
    str | None, typer.Option("--only", help="Senses to keep, with commas.")
]


def what_if(
    run: Recorded,
    values: Set = None,
    without: Without = None,
    only: Only = None,
    no_llm: options.NoLlm = False,
    json: options.Json = False,
) -> None:
    """Change one piece of evidence of a recorded run, and see what follows.

    No sense runs; the language model is asked only where its prompt has changed.

    Example: affectgraph what-if runs/run-1f.json --set P2.pitch=high
    """
    edits = Edits.of(
        values or (), options.names(without) or (), options.names(only) or ()
    )
    if not edits.descriptions:
        raise SettingError("nothing to change: use --set, --without or --only")
    recorded = RecordedRun.load(run)
    outcome = _agent(recorded, no_llm=no_llm).what_if(recorded, edits)
    if json:
        print(outcome.model_dump_json())
    else:
        show(outcome)


def show(outcome: WhatIf) -> None:
    """What changes, field by field, and what was done for it."""
    console = Terminal()
    before, after = outcome.original, outcome.verdict
    table = Table("what if", "recorded", "; ".join(after.provenance.edits), box=None)
    for name, (old, new) in differences(before, after).items():
        style = "bold" if old != new else "dim"
        table.add_row(name, old, new, style=style)
    console.print(table)
    for sign, claims in (
        (("- no longer", "red"), set(before.claims) - set(after.claims)),
        (("+ now", "green"), set(after.claims) - set(before.claims)),
    ):
        for claim in sorted(claims, key=str):
            side = "for" if claim.supports else "against"
            line = Text.assemble(sign, f" {side}: {claim}")
            console.print(line, highlight=False)
    console.print(done(outcome), style="dim", highlight=False)


def _agent(run: RecordedRun, *, no_llm: bool) -> EmotionAgent:
    """An agent with the language model that the run had, if it goes by a name."""
    name = None if no_llm else run.record.reasoner
    try:
        return EmotionAgent(llm=name, progress=True)
    except SettingError as error:
        complain(f"no question is asked anew: {error}")
        return EmotionAgent(llm=None)
