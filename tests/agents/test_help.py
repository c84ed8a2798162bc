"""The help: a first page by purpose, and for every command an example that fits it."""

import re
import shlex
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from affectgraph.agents.cli.main import app

EXAMPLE = re.compile(r"Example: (affectgraph .+)")


def commands(group: Any, *above: str) -> Iterator[tuple[str, Any]]:
    """Every command, under the words that one types."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *above, name)
        else:
            yield " ".join((*above, name)), command


PROGRAM = get_command(app)
COMMANDS = dict(commands(PROGRAM))
for name, command in COMMANDS.items():
    # The command line is read as it always is; then nothing is done.
    command.callback = partial(lambda name, /, **_: name, name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_it_understands(name: str) -> None:
    (example,) = EXAMPLE.findall(COMMANDS[name].help)
    program, *words = shlex.split(example)
    assert program == "affectgraph"
    assert PROGRAM.main(words, standalone_mode=False) == name


def test_the_first_page_groups_the_commands_by_purpose() -> None:
    alone, asked = (CliRunner().invoke(app, words) for words in ([], ["--help"]))
    assert alone.output.strip() == asked.output.strip()
    assert "Begin with: affectgraph demo" in asked.output
    panels = re.findall(r"─ ([A-Z][a-z ]+) ─", asked.output)
    assert panels == [
        "Options", "Begin", "Look closer", "Measure", "Teach", "Extend", "Look after",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "near"), [(["demoo"], "'demo'"), (["memory", "serach"], "'search'")]
)
def test_a_slip_of_the_pen_is_told_the_near_command(
    wrong: list[str], near: str
) -> None:
    done = CliRunner().invoke(app, wrong)
    assert done.exit_code == 2 and near in done.output


def test_the_version_is_that_of_the_package() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert done.output == f"affectgraph {metadata.version('affectgraph')}\n"
