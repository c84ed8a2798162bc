"""`affectgraph tools`: list, begin and check senses."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from affectgraph.agents.cli import options
from affectgraph.agents.cli.output import say
from affectgraph.agents.demo import demo_clip
from affectgraph.tools import plugins, registry
from affectgraph.tools.clip import Clip
from affectgraph.tools.conformance import OpenClip, tried
from affectgraph.tools.errors import SettingError, one_line
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.scaffold import create_package
from affectgraph.tools.weights import ensure

app = typer.Typer(help="List, begin and check senses.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case word.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write in.")]
Sense = Annotated[
    str, typer.Argument(metavar="SENSE", help="As with --tools: a name or MODULE:NAME.")
]
Clips = Annotated[
    list[Path] | None,
    typer.Option("--clip", help="Where it should find something; repeatable."),
]


class Listed(Frozen):
    """One sense that can be named with `--tools`.

    Attributes:
        name: What to name it by.
        modality: What it perceives with; empty if it cannot be loaded.
        prefix: The letter of its evidence.
        needs: `video`, `audio`, `words` or `any`.
        source: `affectgraph`, or the package that brings it.
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
    found = [
        _listed(tool, "affectgraph") for tool in registry.built_in_tools().values()
    ]
    for name, point in plugins.installed_plugins().items():
        source = point.dist.name if point.dist else point.module
        try:
            found.append(_listed(plugins.load_plugin(point.value), source))
        except SettingError as error:
            found.append(Listed(name=name, source=source, problem=one_line(error)))
    if json:
        for one in found:
            print(one.model_dump_json())
        return
    table = Table("sense", "modality", "ids", "needs", "from", box=None, pad_edge=False)
    for one in found:
        ids = f"{one.prefix}1, {one.prefix}2 ..." if one.prefix else ""
        table.add_row(one.name, one.modality, ids, one.needs, one.source)
        if one.problem:
            table.add_row("", one.problem)
    Terminal(highlight=False).print(table)


@app.command()
def new(name: Name, out: Out = Path()) -> None:
    """Write a small package to start a sense from: it installs, runs and is tested.

    Example: affectgraph tools new gesture
    """
    if not out.is_dir():
        raise SettingError(f"{out}: not a folder; make it first")
    folder = create_package(name, out)
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        say(str(file))


@app.command()
def check(sense: Sense, clip: Clips = None, json: options.Json = False) -> None:
    """Show a sense ordinary and hostile clips; exit code 1 if anything is wrong.

    Example: affectgraph tools check my_pkg:gesture --clip waving.mp4
    """
    tool = registry.find_tool(sense)
    further: dict[str, OpenClip] = {"the demo clip": demo_clip}
    further |= {path.name: partial(Clip.open, path) for path in clip or []}
    for opened in further.values():
        ensure.ensure_weights(tool.needed_weights(opened()))
    trial = tried(tool, further)
    if json:
        print(trial.model_dump_json())
    else:
        print(
            f"{trial.tool}: {trial.looks} looks, {trial.pieces} pieces of evidence, "
            f"slowest {trial.slowest:.2f} s"
        )
        for problem in trial.problems:
            say(f"{trial.tool}: {problem}")
    if trial.problems:
        raise typer.Exit(1)


def _listed(tool: PerceptionTool, source: str) -> Listed:
    return Listed(
        name=tool.name,
        modality=tool.modality,
        prefix=tool.prefix,
        needs=tool.needs,
        source=source,
    )
