"""Validates what pages submit to the queue of Gradio."""

import json
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from affectgraph.agents.web.request_guard import Asgi, send_refusal
from affectgraph.agents.web.uploads import Uploads
from affectgraph.tools.errors import AffectgraphError, one_line

_QUEUE = "/gradio_api/queue/join"
_MAX_BYTES = 2_000_000


class UploadReference(BaseModel):
    """An uploaded file, by its name in `Uploads`."""

    path: str


class Submission(BaseModel):
    """An event of the page; no other part of a request reaches Gradio.

    Attributes:
        session_hash: Id of the page.
        fn_index: Number of the event.
        trigger_id: Number of the component that raised it.
        data: Values of the input components.
    """

    session_hash: str = Field(pattern=r"^[\w-]{1,64}$")
    fn_index: int
    trigger_id: int | None = None
    data: list[str | list[str] | UploadReference | None]


class SubmissionFilter:
    """ASGI middleware that passes only files that were uploaded to this page.

    Gradio checks only the files that it serves itself and accepts any path in a request
    as an upload.

    Args:
        app: The mounted Gradio application.
        uploads: The uploads that a submission may refer to.
    """

    def __init__(self, app: Asgi, uploads: Uploads) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] != _QUEUE:
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            await send_refusal(send, 413, f"more than {_MAX_BYTES} bytes")
            return
        try:
            body = self._rebuild(Submission.model_validate_json(body))
        except ValidationError:
            await send_refusal(send, 422, "this is not an event of the page")
        except AffectgraphError as error:
            await send_refusal(send, 422, one_line(error))
        else:
            headers = [h for h in scope["headers"] if h[0] != b"content-length"]
            headers.append((b"content-length", str(len(body)).encode()))
            await self._app(
                {**scope, "headers": headers}, _replay_body(body, receive), send
            )

    def _rebuild(self, submission: Submission) -> bytes:
        data = [
            self._file(value) if isinstance(value, UploadReference) else value
            for value in submission.data
        ]
        return json.dumps({**submission.model_dump(), "data": data}).encode()

    def _file(self, upload: UploadReference) -> dict[str, Any]:
        """An upload in the format of Gradio, without any data of the request."""
        path = self._uploads.find(upload.path)
        return {"path": str(path), "meta": {"_type": "gradio.FileData"}}


async def _read_body(receive: Any) -> bytes | None:
    """The body of a request; None if it is too large."""
    body, more = b"", True
    while more and len(body) <= _MAX_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) <= _MAX_BYTES else None


def _replay_body(body: bytes, receive: Any) -> Any:
    """A receive channel that delivers this body, then later messages."""
    parts = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_body() -> Any:
        return next(parts, None) or await receive()

    return receive_body
