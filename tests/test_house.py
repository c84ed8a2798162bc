"""The layout: rooms, packages, the direction of imports, and files at the root."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from setuptools.dist import Distribution

import affectgraph
from affectgraph import agents

ROOT = Path(__file__).parents[1]
ROOMS = ("tools", "memory", "graphs", "agents")
TOP_LEVEL = {
    *ROOMS, "tests", "docs", "__init__.py", "py.typed", "pyproject.toml",
    "Dockerfile", "MANIFEST.in", "mkdocs.yml", "langgraph.json", "README.md",
    "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE", ".ci", ".github",
    ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
MAX_GRAPH_BOXES = 12
QUOTED_PATH = re.compile(r"`([\w.]+/[\w./]*)`")

Imports = dict[str, set[str]]


@cache
def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@pytest.fixture(scope="module")
def imports() -> Imports:
    """Every module and the modules that it imports, also inside functions."""
    names = {dotted_name(path): path for path in MODULES}
    graph: Imports = {}
    for name, path in names.items():
        targets = {target.removeprefix("affectgraph.") for target in imported(path)}
        precise = {t if t in names else t.rpartition(".")[0] for t in targets}
        graph[name] = precise & names.keys() - {name}
    return graph


def cycle(graph: Imports) -> list[str]:
    """A cycle of the graph; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def boxes(imports: Imports, package: str) -> Imports:
    """The modules and sub-packages of a package, and which of them each imports."""
    graph: Imports = {}
    for name, targets in imports.items():
        if not f"{name}.".startswith(f"{package}.") or name == package:
            continue
        depth = package.count(".") + 2
        box = ".".join(name.split(".")[:depth])
        inside = {t for t in targets if t.startswith(f"{package}.")}
        graph.setdefault(box, set()).update(
            ".".join(target.split(".")[:depth]) for target in inside
        )
        graph[box].discard(box)
    return graph


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


def test_modules_import_each_other_in_no_cycle(imports: Imports) -> None:
    assert not cycle(imports)


PACKAGES = [dotted_name(path) for path in MODULES if path.name == "__init__.py"]


@pytest.mark.parametrize("package", PACKAGES)
def test_parts_of_a_package_import_each_other_in_no_cycle(
    imports: Imports, package: str
) -> None:
    assert not cycle(boxes(imports, package))


def test_the_graphs_room_is_a_few_boxes(imports: Imports) -> None:
    assert len(boxes(imports, "graphs")) <= MAX_GRAPH_BOXES


def test_no_two_classes_have_the_same_name() -> None:
    names: Counter[str] = Counter()
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names.update(n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_top_level_holds_the_rooms_and_what_tools_insist_on() -> None:
    shown = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {Path(name).parts[0] for name in shown} <= TOP_LEVEL


def test_files_at_the_root_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]


def test_a_new_contributor_finds_the_files_that_the_guide_names() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {path for path in QUOTED_PATH.findall(guide) if "blink" not in path}
    named -= {"build/"}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.slow
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
import affectgraph.agents
print(sorted(name for name in sys.modules if name.startswith("affectgraph.")))
from affectgraph.tools.clip import Clip
print(affectgraph.Clip is Clip, any("langgraph" in name for name in sys.modules))
"""


def test_importing_the_root_and_the_agents_loads_nothing() -> None:
    shown = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True)
    only = ["affectgraph.agents", "affectgraph.tools", "affectgraph.tools.lazy_exports"]
    expected = ["{'affectgraph'}", str(only), "True False"]
    assert shown.stdout.splitlines() == expected, shown.stderr


def test_the_root_offers_what_users_need() -> None:
    assert affectgraph.EmotionAgent is agents.EmotionAgent
    assert affectgraph.Verdict is agents.Verdict
    assert affectgraph.Clip is agents.Clip
    assert affectgraph.perception_tool is agents.perception_tool
    assert affectgraph.__version__ == metadata.version("affectgraph")
    assert set(affectgraph.__all__) <= set(dir(affectgraph))
    with pytest.raises(AttributeError, match="nothing"):
        _ = affectgraph.nothing
