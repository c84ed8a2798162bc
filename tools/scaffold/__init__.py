"""A package to start a sense from: installable, tested, and yours to change."""

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


def create_package(name: str, parent: Path) -> Path:
    """Write the package of a sense into a new folder of its name.

    Returns:
        The folder.

    Raises:
        SettingError: If the name cannot be used, or the folder is there already.
    """
    _check(name)
    target = parent / name
    if target.exists():
        raise SettingError(f"{target} is there already; choose another name or folder")
    files = {
        "pyproject.toml.txt": "pyproject.toml",
        "sense.py.txt": f"{name}.py",
        "test_sense.py.txt": f"tests/test_{name}.py",
        "README.md.txt": "README.md",
    }
    starter = resources.files("affectgraph.agents") / "starter"
    try:
        with TemporaryDirectory(dir=parent, prefix=f".{name}-") as partial:
            whole = Path(partial) / name
            for template, file in files.items():
                text = Template((starter / template).read_text(encoding="utf-8"))
                place = whole / file
                place.parent.mkdir(parents=True, exist_ok=True)
                filled = text.substitute(name=name, prefix=free_prefix(name))
                place.write_text(filled, encoding="utf-8")
            sync_tree(whole)
            whole.rename(target)
            sync_folder(parent)
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _check(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingError(f"{name!r}: use lower-case letters, digits and _")
    taken = {*built_in_tools(), *sys.stdlib_module_names, *dir(builtins), "affectgraph"}
    if name in taken or keyword.iskeyword(name):
        raise SettingError(f"{name!r} is taken; choose another name")
