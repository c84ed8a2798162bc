"""Environment of a run: hardware, versions, commit."""

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
_CPUINFO = Path("/proc/cpuinfo")


def describe_environment() -> dict[str, str]:
    """Return name to value of all that may change a figure; nothing about the user."""
    environment = {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
    }
    if commit := _commit(Path(__file__).resolve()):
        environment["git commit"] = commit
    for name in _PACKAGES:
        try:
            environment[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return environment


def _processor() -> str:
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _commit(file: Path) -> str:
    """Return the commit of a file's repository, marked if files have changed."""
    git = shutil.which("git")
    if git is None:
        return ""
    outputs = []
    for arguments in (
        ["ls-files", "--error-unmatch", file.name],
        ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    ):
        line = [git, "-C", str(file.parent), *arguments]
        process = subprocess.run(line, capture_output=True, text=True)
        if process.returncode:
            return ""
        outputs.append(process.stdout.strip())
    return outputs[-1]
