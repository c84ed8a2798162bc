"""The command itself, in this process, and a table of what it told in each case."""

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from affectgraph.agents.cli import main


class CommandResult(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def verdict(self) -> dict[str, Any]:
        """The one verdict on standard output; for a run that went well."""
        assert self.code == 0, self.err
        (line,) = self.out.splitlines()
        verdict: dict[str, Any] = json.loads(line)
        return verdict

    @property
    def refusal(self) -> str:
        """The one line on standard error; for a run that gave nothing else."""
        assert self.code in (1, 2) and self.out == "", (self.code, self.out)
        (line,) = self.err.splitlines()
        assert line.startswith("affectgraph: ")
        return line.removeprefix("affectgraph: ")

    @property
    def row(self) -> str:
        """What it told, for the table."""
        if self.err.strip():
            return f"exit {self.code}: {self.err.strip()}"
        if not self.out.startswith("{"):
            return f"exit {self.code}: {self.out.strip()}"
        verdict = json.loads(self.out.splitlines()[0])
        states = {n: one["reason"] for n, one in verdict["modalities"].items()}
        return f"exit {self.code}: {verdict['label']}; {states}"


Command = Callable[..., CommandResult]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> Command:
    """Run a command: `command("analyze", path, AFFECTGRAPH_OFFLINE="1")`."""

    def run(*arguments: object, **environment: str) -> CommandResult:
        monkeypatch.setattr(sys, "argv", ["affectgraph", *map(str, arguments)])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        result = CommandResult(code, *capsys.readouterr())
        record_property("result", result.row)
        return result

    return run


@pytest.fixture
def analyze(command: Command) -> Callable[..., CommandResult]:
    """Analyse a clip without a language model, into JSON."""
    return lambda *arguments, **how: command(
        "analyze", *arguments, "--no-llm", "--json", **how
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """With `-v`: each case, and what it prints."""
    if terminalreporter.verbosity < 1:
        return
    for report in terminalreporter.stats.get("passed", ()):
        case = report.nodeid.rpartition("::")[2].removeprefix("test_")
        for name, row in getattr(report, "user_properties", ()):
            if name == "result":
                terminalreporter.write_line(f"{case} | {' '.join(row.split())}")
