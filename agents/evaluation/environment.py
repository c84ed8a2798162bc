"""Under which circumstances figures came about: machine, versions, commit."""

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

_PACKAGES = (
    "numpy", "onnxruntime", "faster-whisper", "ctranslate2", "av", "langgraph",
    "langchain-core", "pydantic", "xllamacpp",
)  # fmt: skip
_PROCESSORS = Path("/proc/cpuinfo")


def describe_environment() -> dict[str, str]:
    """Name to value of all that may move a figure; nothing about the user."""
    found = {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
    }
    if commit := _commit(Path(__file__).resolve()):
        found["git commit"] = commit
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _commit(file: Path) -> str:
    """The commit of a file's repository, marked where it was changed since."""
    git = shutil.which("git")
    if git is None:
        return ""
    told = []
    for asked in (
        ["ls-files", "--error-unmatch", file.name],
        ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    ):
        line = [git, "-C", str(file.parent), *asked]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            return ""
        told.append(done.stdout.strip())
    return told[-1]
