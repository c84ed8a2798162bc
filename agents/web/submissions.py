"""What pages submit to Gradio's queue: checked and made anew before Gradio reads it."""

import json
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from affectgraph.agents.web.request_guard import Asgi, refuse
from affectgraph.agents.web.uploads import Uploads
from affectgraph.tools.errors import AffectgraphError, one_line

_QUEUE = "/gradio_api/queue/join"
_MAX_BYTES = 2_000_000


class Upload(BaseModel):
    """A file that was uploaded: the name under which `Uploads` finds it."""

    path: str


class Submission(BaseModel):
    """An event of the page: nothing else of a request reaches Gradio.

    Attributes:
        session_hash: The page.
        fn_index: Which event.
        trigger_id: Which part of the page it happened to.
        data: The values of the parts that the event is given.
    """

    session_hash: str = Field(pattern=r"^[\w-]{1,64}$")
    fn_index: int
    trigger_id: int | None = None
    data: list[str | list[str] | Upload | None]


class Submissions:
    """In front of Gradio: a file reaches it only if it was uploaded to this page.

    Gradio takes any path that a request names for an upload, as it checks only what it
    serves itself.

    Args:
        app: Gradio, mounted.
        uploads: Where a submission's files have to be.
    """

    def __init__(self, app: Asgi, uploads: Uploads) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != _QUEUE:
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            await refuse(send, 413, f"more than {_MAX_BYTES} bytes")
            return
        try:
            checked = self._checked(Submission.model_validate_json(body))
        except ValidationError:
            await refuse(send, 422, "this is no event of the page")
        except AffectgraphError as error:
            await refuse(send, 422, one_line(error))
        else:
            headers = [h for h in scope["headers"] if h[0] != b"content-length"]
            headers.append((b"content-length", str(len(checked)).encode()))
            await self._app(
                {**scope, "headers": headers}, _given(checked, receive), send
            )

    def _checked(self, submission: Submission) -> bytes:
        data = [
            self._file(given) if isinstance(given, Upload) else given
            for given in submission.data
        ]
        return json.dumps({**submission.model_dump(), "data": data}).encode()

    def _file(self, upload: Upload) -> dict[str, Any]:
        """An upload in Gradio's words, with nothing of it as the page told it."""
        path = self._uploads.find(upload.path)
        return {"path": str(path), "meta": {"_type": "gradio.FileData"}}


async def _body(receive: Any) -> bytes | None:
    """The body of a request; None if it is too large."""
    body, more = b"", True
    while more and len(body) <= _MAX_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) <= _MAX_BYTES else None


def _given(body: bytes, receive: Any) -> Any:
    """Have an application receive this body, and then what comes after a body."""
    parts = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receiving() -> Any:
        return next(parts, None) or await receive()

    return receiving
