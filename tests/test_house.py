"""The house: rooms, packages, and the direction of imports."""

import ast
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from setuptools.dist import Distribution

import affectgraph
from affectgraph import agents

ROOT = Path(__file__).parents[1]
ROOMS = ("tools", "memory", "graphs", "agents")
TOP_LEVEL = {"pyproject.toml", "README.md", "LICENSE", ".gitignore", ".ci", "tests"}
TOP_LEVEL |= {"langgraph.json", "MANIFEST.in", ".github", "__init__.py", "py.typed"}
TOP_LEVEL |= {"docs", "mkdocs.yml"}
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_folder_of_a_room_is_a_listed_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(project["tool"]["setuptools"]["packages"])
    on_disk = {
        "affectgraph." + ".".join(path.parent.relative_to(ROOT).parts)
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert listed == on_disk | {"affectgraph"}


def test_a_wheel_holds_nothing_else_of_the_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"script_name": "setup.py"})
    distribution.parse_config_files(["pyproject.toml"])
    build = distribution.get_command_obj("build_py")
    build.ensure_finalized()
    files = [
        Path(name).relative_to(Path(build.build_lib, "affectgraph"))
        for name in build.get_outputs(include_bytecode=False)
    ]
    assert {file.parts[0] for file in files} == {"__init__.py", "py.typed", *ROOMS}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    room = ROOMS.index(path.relative_to(ROOT).parts[0])
    above = tuple(f"affectgraph.{name}" for name in ROOMS[room + 1 :])
    climbing = [n for n in imported(path) for a in above if f"{n}.".startswith(f"{a}.")]
    assert not climbing


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_top_level_holds_the_rooms_and_what_tools_insist_on() -> None:
    shown = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {Path(name).parts[0] for name in shown} <= TOP_LEVEL | set(ROOMS)


def test_importing_the_agents_loads_no_model_runtime() -> None:
    heavy = {"onnxruntime", "cv2", "faster_whisper", "faiss", "xllamacpp", "torch"}
    heavy |= {"pandas", "matplotlib", "transformers", "langchain_openai"}
    code = f"import sys, affectgraph.agents; print({heavy!r} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout.strip() == "set()", shown.stderr


LAZY = """
import sys
before = set(sys.modules)
import affectgraph
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(loaded - sys.stdlib_module_names)
print(sorted(name for name in sys.modules if name.startswith("affectgraph.")))
from affectgraph.tools.clip import Clip
print(affectgraph.Clip is Clip, any("langgraph" in name for name in sys.modules))
"""


def test_importing_the_root_loads_nothing() -> None:
    shown = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True)
    assert shown.stdout.splitlines() == ["{'affectgraph'}", "[]", "True False"], (
        shown.stderr
    )


def test_the_root_offers_what_users_need() -> None:
    assert affectgraph.EmotionAgent is agents.EmotionAgent
    assert affectgraph.Verdict is agents.Verdict
    assert affectgraph.Clip is agents.Clip
    assert affectgraph.perception_tool is agents.perception_tool
    assert affectgraph.__version__ == metadata.version("affectgraph")
    assert set(affectgraph.__all__) <= set(dir(affectgraph))
    with pytest.raises(AttributeError, match="nothing"):
        _ = affectgraph.nothing
