"""`affectgraph tools`: list, create and check senses."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from affectgraph.agents.cli import options
from affectgraph.agents.cli.messages import print_line
from affectgraph.agents.demo import demo_clip
from affectgraph.tools import registry
from affectgraph.tools.clip import Clip
from affectgraph.tools.conformance import OpenClip, tried
from affectgraph.tools.errors import SettingError, one_line
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.scaffold import create_package
from affectgraph.tools.weights import ensure

app = typer.Typer(help="List, create and check senses.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case word.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder to write in.")]
Sense = Annotated[
    str, typer.Argument(metavar="SENSE", help="As with --tools: a name or MODULE:NAME.")
]
Clips = Annotated[
    list[Path] | None,
    typer.Option(help="A clip in which it should find something; may be repeated."),
]


class SenseRow(Frozen):
    """One sense that `--tools` accepts.

    Attributes:
        name: Name for `--tools`.
        modality: Modality of its evidence; empty if it cannot be loaded.
        prefix: First letter of its evidence ids.
        needs: `video`, `audio`, `words` or `any`.
        source: `affectgraph`, or the package of the plug-in.
        problem: Why it cannot be loaded.
    """

    name: str
    modality: str = ""
    prefix: str = ""
    needs: str = ""
    source: str
    problem: str = ""


@app.command("list")
def list_(json: options.Json = False) -> None:
    """Show the senses of the package and those of installed plug-ins.

    Example: affectgraph tools list
    """
    rows = [
        _describe(tool, "affectgraph") for tool in registry.built_in_tools().values()
    ]
    for name, entry_point in registry.installed_plugins().items():
        source = entry_point.dist.name if entry_point.dist else entry_point.module
        try:
            rows.append(_describe(registry.load_plugin(entry_point.value), source))
        except SettingError as error:
            rows.append(SenseRow(name=name, source=source, problem=one_line(error)))
    if json:
        for row in rows:
            print(row.model_dump_json())
        return
    table = Table("sense", "modality", "ids", "needs", "from", box=None, pad_edge=False)
    for row in rows:
        ids = f"{row.prefix}1, {row.prefix}2 ..." if row.prefix else ""
        table.add_row(row.name, row.modality, ids, row.needs, row.source)
        if row.problem:
            table.add_row("", row.problem)
    Terminal(highlight=False).print(table)


@app.command()
def new(name: Name, out: Out = Path()) -> None:
    """Create a small package for a new sense, with a test.

    Example: affectgraph tools new gesture
    """
    if not out.is_dir():
        raise SettingError(f"{out}: not a folder; make it first")
    folder = create_package(name, out)
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        print_line(str(file))


@app.command()
def check(sense: Sense, clip: Clips = None, json: options.Json = False) -> None:
    """Run a sense on ordinary and hostile clips; exit code 1 if anything is wrong.

    Example: affectgraph tools check my_pkg:gesture --clip waving.mp4
    """
    tool = registry.find_tool(sense)
    clips: dict[str, OpenClip] = {"the demo clip": demo_clip}
    clips |= {path.name: partial(Clip.open, path) for path in clip or []}
    for open_clip in clips.values():
        ensure.ensure_weights(tool.needed_weights(open_clip()))
    trial = tried(tool, clips)
    if json:
        print(trial.model_dump_json())
    else:
        print(
            f"{trial.tool}: {trial.looks} looks, {trial.pieces} pieces of evidence, "
            f"slowest {trial.slowest:.2f} s"
        )
        for problem in trial.problems:
            print_line(f"{trial.tool}: {problem}")
    if trial.problems:
        raise typer.Exit(1)


def _describe(tool: PerceptionTool, source: str) -> SenseRow:
    return SenseRow(
        name=tool.name,
        modality=tool.modality,
        prefix=tool.prefix,
        needs=tool.needs,
        source=source,
    )
