"""The examples of docstrings print what they say; every room's door has one."""

import doctest
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "graphs", "memory", "tools")
SOURCES = [ROOT / "__init__.py"]
SOURCES += [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
SHOWING = [
    path.relative_to(ROOT)
    for path in SOURCES
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.fixture
def runner(alike: Callable[[str, str], bool]) -> doctest.DocTestRunner:
    class Checker(doctest.OutputChecker):
        def check_output(self, want: str, got: str, optionflags: int) -> bool:
            return alike(want, got)

    return doctest.DocTestRunner(Checker())


@pytest.mark.parametrize("path", SHOWING, ids=str)
def test_examples_print_what_they_say(
    path: Path, runner: doctest.DocTestRunner
) -> None:
    parts = path.with_suffix("").parts
    module = import_module(".".join(("affectgraph", *parts)).removesuffix(".__init__"))
    for example in doctest.DocTestFinder().find(module):
        runner.run(example)
    assert runner.tries and not runner.failures


@pytest.mark.parametrize("room", ROOMS)
def test_every_door_has_an_example(room: str) -> None:
    assert Path(room, "__init__.py") in SHOWING
