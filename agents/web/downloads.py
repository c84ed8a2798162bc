"""Files over HTTP: uploads come in; a visit's clip and report go out, by its key."""

from pathlib import Path
from typing import Any

from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visits import Visits
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipTooLargeError,
    SettingError,
    one_line,
)
from affectgraph.tools.io.sanitize import sanitize_text

_ONE_FILE = "an upload is one file with a name, as multipart/form-data, in field files"


def give(app: Any, visits: Visits) -> None:
    """Have an application answer for the files of visits."""
    from fastapi.responses import FileResponse, PlainTextResponse

    nothing = PlainTextResponse("there is no such clip\n", 404)

    def clip(key: str) -> Any:
        visit = visits.by_key(key)
        file = visit.stage.file if visit else None
        return nothing if file is None else FileResponse(file)

    def report(key: str) -> Any:
        visit = visits.by_key(key)
        if visit is None:
            return nothing
        try:
            file = visit.report()
        except AffectgraphError as error:
            return PlainTextResponse(f"{one_line(error)}\n", 500)
        return FileResponse(file, filename=f"{file.parent.name}.html")

    for name, answer in (("clip", clip), ("report.html", report)):
        app.add_api_route(f"/clips/{{key}}/{name}", answer, response_model=None)


def receive(app: Any, uploads: Uploads, max_bytes: int) -> None:
    """Have an application take uploads where Gradio's page sends them.

    Gradio's own route puts all visitors' files into one folder, in places that follow
    from what is in them, and fails on a file without a name.
    """
    from fastapi import Request
    from fastapi.responses import PlainTextResponse

    async def upload(request: Request, upload_id: str | None = None) -> Any:
        try:
            with uploads.room() as room:
                return [
                    uploads.add(await _received(request, room, upload_id, max_bytes))
                ]
        except AffectgraphError as error:
            status = 413 if isinstance(error, ClipTooLargeError) else 400
            return PlainTextResponse(f"{one_line(error)}\n", status)

    app.add_api_route("/gradio_api/upload", upload, methods=["POST"])


async def _received(
    request: Any, room: Path, upload_id: str | None, max_bytes: int
) -> Path:
    """The one file of a request, written into its room.

    Raises:
        ClipTooLargeError: If it is too large.
        SettingError: If there is not one file, or it has no name.
    """
    from gradio.route_utils import GradioMultiPartParser, MultiPartException
    from gradio.routes import file_upload_statuses

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise SettingError(_ONE_FILE)
    parser = GradioMultiPartParser(
        request.headers,
        request.stream(),
        max_files=1,
        max_fields=0,
        upload_dir=room,
        upload_id=upload_id,
        upload_progress=file_upload_statuses if upload_id else None,
        max_file_size=max_bytes,
    )
    try:
        uploaded: Any = (await parser.parse()).get("files")
    except MultiPartException as error:
        if "File size" in error.message:
            raise ClipTooLargeError(error.message) from error
        raise SettingError(_ONE_FILE) from error
    if uploaded is None:
        raise SettingError(_ONE_FILE)
    await uploaded.close()
    name = _safe_name(uploaded.filename)
    return Path(uploaded.file.name).replace(room / name)


def _safe_name(name: str) -> str:
    """The last part of a file name, without what a file system cannot have.

    Raises:
        SettingError: If nothing is left.
    """
    from gradio_client.utils import strip_invalid_filename_characters

    last = sanitize_text(Path(name).name)
    if not last.strip("."):
        raise SettingError(_ONE_FILE)
    safe: str = strip_invalid_filename_characters(last)
    return safe
