"""Scaffold of a plug-in package: a sense that installs, runs and has tests."""

import builtins
import keyword
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import sync_folder, sync_tree
from affectgraph.tools.registry import built_in_tools, free_prefix

# Template to file in the package.
_TEMPLATES = {
    "pyproject.toml.txt": "pyproject.toml",
    "sense.py.txt": "$name.py",
    "test_sense.py.txt": "tests/test_$name.py",
    "README.md.txt": "README.md",
}


def create_package(name: str, parent: Path) -> Path:
    """Write the package of a sense into a new folder of the same name.

    Returns:
        The folder.
    """
    _check_name(name)
    target = parent / name
    if target.exists():
        raise SettingError(f"{target} exists already; choose another name or folder")
    try:
        with TemporaryDirectory(dir=parent, prefix=f".{name}-") as scratch:
            package = Path(scratch) / name
            _write_files(name, package)
            sync_tree(package)
            package.rename(target)
            sync_folder(parent)
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _write_files(name: str, package: Path) -> None:
    values = {"name": name, "prefix": free_prefix(name)}
    templates = resources.files("affectgraph.tools") / "scaffold"
    for template, path in _TEMPLATES.items():
        text = (templates / template).read_text(encoding="utf-8")
        file = package / Template(path).substitute(values)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(text).substitute(values), encoding="utf-8")


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingError(f"{name!r}: use lower-case letters, digits and _")
    taken = {*built_in_tools(), *sys.stdlib_module_names, *dir(builtins), "affectgraph"}
    if name in taken or keyword.iskeyword(name):
        raise SettingError(f"{name!r} is taken; choose another name")
