"""HTTP routes for files: uploads, and the clip and report of a visit."""

from pathlib import Path
from typing import Any

from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visit import Visits
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipTooLargeError,
    SettingError,
    one_line,
)
from affectgraph.tools.sanitize import sanitize_text

_EXPECTED = "an upload is one file with a name, as multipart/form-data, in field files"


def add_download_routes(app: Any, visits: Visits) -> None:
    """Add routes for the clip and the report of each visit, by its secret key."""
    from fastapi.responses import FileResponse, PlainTextResponse

    not_found = PlainTextResponse("there is no such clip\n", 404)

    def clip(key: str) -> Any:
        visit = visits.by_key(key)
        file = visit.clip_view.file if visit else None
        return not_found if file is None else FileResponse(file)

    def report(key: str) -> Any:
        visit = visits.by_key(key)
        if visit is None:
            return not_found
        try:
            file = visit.report()
        except AffectgraphError as error:
            return PlainTextResponse(f"{one_line(error)}\n", 500)
        return FileResponse(file, filename=f"{file.parent.name}.html")

    for name, endpoint in (("clip", clip), ("report.html", report)):
        app.add_api_route(f"/clips/{{key}}/{name}", endpoint, response_model=None)


def add_upload_route(app: Any, uploads: Uploads, max_bytes: int) -> None:
    """Replace the upload route of Gradio.

    Gradio's own route stores the files of all visitors in one folder, under names
    derived from their content, and fails on a file without a name.
    """
    from fastapi import Request
    from fastapi.responses import PlainTextResponse

    async def upload(request: Request, upload_id: str | None = None) -> Any:
        try:
            with uploads.new_folder() as folder:
                file = await _store_file(request, folder, upload_id, max_bytes)
                return [uploads.add(file)]
        except AffectgraphError as error:
            status = 413 if isinstance(error, ClipTooLargeError) else 400
            return PlainTextResponse(f"{one_line(error)}\n", status)

    app.add_api_route("/gradio_api/upload", upload, methods=["POST"])


async def _store_file(
    request: Any, folder: Path, upload_id: str | None, max_bytes: int
) -> Path:
    """Write the file of a request into a folder.

    Raises:
        ClipTooLargeError: If it is too large.
        SettingError: If the request does not contain one file with a name.
    """
    from gradio.route_utils import GradioMultiPartParser, MultiPartException
    from gradio.routes import file_upload_statuses

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise SettingError(_EXPECTED)
    parser = GradioMultiPartParser(
        request.headers,
        request.stream(),
        max_files=1,
        max_fields=0,
        upload_dir=folder,
        upload_id=upload_id,
        upload_progress=file_upload_statuses if upload_id else None,
        max_file_size=max_bytes,
    )
    try:
        uploaded: Any = (await parser.parse()).get("files")
    except MultiPartException as error:
        if "File size" in error.message:
            raise ClipTooLargeError(error.message) from error
        raise SettingError(_EXPECTED) from error
    if uploaded is None:
        raise SettingError(_EXPECTED)
    await uploaded.close()
    name = _safe_name(uploaded.filename)
    return Path(uploaded.file.name).replace(folder / name)


def _safe_name(name: str) -> str:
    """The last part of a file name, without characters that file systems forbid."""
    from gradio_client.utils import strip_invalid_filename_characters

    last = sanitize_text(Path(name).name)
    if not last.strip("."):
        raise SettingError(_EXPECTED)
    safe: str = strip_invalid_filename_characters(last)
    return safe
