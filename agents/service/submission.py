"""A request for a verdict, read from the network within its limits."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from fastapi import Request
from starlette.formparsers import MultiPartException, MultiPartParser

from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.agents.service.schemas import VerdictFields
from affectgraph.agents.service.settings import ServiceSettings
from affectgraph.tools.errors import (
    ClipTooLargeError,
    EmptyClipError,
    PurposeError,
    SettingError,
)
from affectgraph.tools.sanitize import sanitize_text

_EXPECTED = "send multipart/form-data with a file, a text, or both"
_MAX_FIELDS = len(VerdictFields.model_fields)


class SlowUploadError(SettingError):
    """A request took too long to arrive."""


@dataclass(frozen=True)
class VerdictSubmission:
    """What a client sent.

    Attributes:
        file: The upload, under a name that the service chose; None for a text alone.
        fields: Everything else.
        fingerprint: Hash of all of it.
    """

    file: Path | None
    fields: VerdictFields
    fingerprint: str

    def discard(self) -> None:
        """Delete the upload."""
        if self.file is not None:
            shutil.rmtree(self.file.parent, ignore_errors=True)


async def read_submission(
    request: Request, settings: ServiceSettings
) -> VerdictSubmission:
    """Read a form; its file goes to the temporary folder, under a name of ours.

    Raises:
        ClipTooLargeError: If it is too large; the rest of it is not read.
        SlowUploadError: If it takes too long to arrive.
        PurposeError: If the law forbids the purpose.
        SettingError: If it is no such form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() != "multipart/form-data":
        raise SettingError(_EXPECTED)
    counted = _counted(request.receive, settings)
    stream = Request(request.scope, counted).stream()
    parser = MultiPartParser(
        request.headers,
        stream,
        max_files=1,
        max_fields=_MAX_FIELDS,
        max_part_size=settings.max_bytes,
    )
    try:
        form = await asyncio.wait_for(parser.parse(), settings.upload_seconds)
    except TimeoutError as error:
        raise SlowUploadError(
            f"the request did not arrive within {settings.upload_seconds:g} s"
        ) from error
    except (MultiPartException, UnicodeError, KeyError) as error:
        raise SettingError(_EXPECTED) from error
    try:
        fields, upload = _split(form, settings)
        if upload is None:
            return VerdictSubmission(None, fields, _fingerprint(fields, b""))
        file, digest = await asyncio.to_thread(_store, upload.file)
        return VerdictSubmission(file, fields, _fingerprint(fields, digest))
    finally:
        await form.close()


def _counted(
    receive: Callable[[], Awaitable[Any]], settings: ServiceSettings
) -> Callable[[], Awaitable[Any]]:
    """A receive channel that fails as soon as more arrives than is allowed."""
    count = 0

    async def receive_counted() -> Any:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > settings.max_bytes:
            raise ClipTooLargeError(
                f"the request is larger than {settings.megabytes:g} MB"
            )
        return message

    return receive_counted


def _split(form: Any, settings: ServiceSettings) -> tuple[VerdictFields, Any]:
    """The checked fields of a form, and its file."""
    values: dict[str, Any] = {}
    upload = None
    for name, value in form.multi_items():
        if name in values or (name == "file" and upload is not None):
            raise SettingError(f"{name}: sent twice")
        if name == "file" and not isinstance(value, str):
            upload = value
        elif value != "":
            values[name] = sanitize_text(value) if isinstance(value, str) else value
    fields = VerdictFields.model_validate(values)
    if upload is None and fields.text is None:
        raise EmptyClipError(_EXPECTED)
    purpose = fields.purpose
    if purpose is not None and checked_purpose(purpose) != settings.purpose:
        raise PurposeError(f"purpose {purpose}: this service is for {settings.purpose}")
    return fields, upload


def _store(upload: IO[bytes]) -> tuple[Path, bytes]:
    """Copy an upload to a file in a folder of its own; the path and the hash."""
    file = Path(mkdtemp(prefix="upload-")) / "upload"
    digest = hashlib.sha256()
    with file.open("wb") as target:
        while chunk := upload.read(1 << 20):
            digest.update(chunk)
            target.write(chunk)
    return file, digest.digest()


def _fingerprint(fields: VerdictFields, digest: bytes) -> str:
    content = json.dumps(fields.model_dump(), sort_keys=True).encode()
    return hashlib.sha256(content + digest).hexdigest()
