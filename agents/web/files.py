"""Files over HTTP: uploads come in; a visit's clip and report go out, by its key."""

import shutil
from pathlib import Path
from typing import Any

from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visits import Visits
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.plain import plain


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
    from gradio.route_utils import MultiPartException

    async def upload(request: Request, upload_id: str | None = None) -> Any:
        room = uploads.room()
        try:
            return [uploads.add(await _received(request, room, upload_id, max_bytes))]
        except BaseException as error:
            shutil.rmtree(room, ignore_errors=True)
            if isinstance(error, MultiPartException) and "File size" in error.message:
                return PlainTextResponse(f"{error.message}\n", 413)
            if isinstance(error, MultiPartException | SettingError):
                text = "an upload is one file with a name, as multipart/form-data"
                return PlainTextResponse(f"{text}, in the field files\n", 400)
            raise

    app.add_api_route("/gradio_api/upload", upload, methods=["POST"])


async def _received(
    request: Any, room: Path, upload_id: str | None, max_bytes: int
) -> Path:
    """The one file of a request, written into its room.

    Raises:
        MultiPartException: If it is too large, or the request is not readable.
        SettingError: If there is no file, or it has no name.
    """
    from gradio.route_utils import GradioMultiPartParser
    from gradio.routes import file_upload_statuses

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise SettingError("not multipart/form-data")
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
    form = await parser.parse()
    uploaded: Any = form.get("files")
    if uploaded is None:
        raise SettingError("no file")
    await uploaded.close()
    name = _safe_name(uploaded.filename)
    return Path(uploaded.file.name).replace(room / name)


def _safe_name(name: str) -> str:
    """The last part of a file name, without what a file system cannot have.

    Raises:
        SettingError: If nothing is left.
    """
    from gradio_client.utils import strip_invalid_filename_characters

    last = plain(Path(name).name)
    if not last.strip("."):
        raise SettingError("no name")
    safe: str = strip_invalid_filename_characters(last)
    return safe
