"""What reaches Gradio: who may use the page, and which requests are valid."""

import json
import re
import secrets
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from pydantic import BaseModel, Field, ValidationError

from affectgraph.agents.web.uploads import Uploads
from affectgraph.tools.errors import AffectgraphError, one_line

_COOKIE = "affectgraph"
_HEADERS = {
    "content-security-policy": "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}

# Requests of the page to Gradio; its other routes, and files by path, are blocked.
_READ_PATHS = re.compile(
    r"/(config|theme\.css|favicon\.ico|manifest\.json|(assets|static|svelte|clips)/.+)?"
    r"|/gradio_api/(upload_progress|startup-events|info|app_id|queue/data"
    r"|heartbeat/[\w-]+)/?"
)
_WRITE_PATHS = re.compile(r"/gradio_api/(upload|queue/join|cancel|reset)")
_ALLOWED_PATHS = {"GET": _READ_PATHS, "HEAD": _READ_PATHS, "POST": _WRITE_PATHS}

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

_QUEUE = "/gradio_api/queue/join"
_MAX_BYTES = 2_000_000


class RequestGuard:
    """ASGI middleware that refuses requests from other pages and without the token.

    Requests of other pages carry their origin or, on loopback, a host name that is not
    loopback's. Beyond loopback a token is required: first in the URL, then in a cookie.

    Args:
        app: The protected application.
        token: The token; None on loopback.
    """

    def __init__(self, app: Asgi, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {k.decode().lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if self._token is not None and self._matches(_query_token(scope)):
            await _set_cookie(scope, send, self._token)
        elif refusal := self._refusal(scope, headers):
            await send_refusal(send, *refusal)
        else:
            await self._app(scope, receive, _add_headers(send))

    def _refusal(self, scope: Any, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if self._token is None and re.sub(r":\d+$", "", host) not in _LOOPBACK_NAMES:
            return 403, "open this page as localhost"
        if self._token and not self._matches(_cookie_token(headers.get("cookie", ""))):
            return 401, "open the complete address that affectgraph web printed"
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "other pages may not request this"
        allowed = _ALLOWED_PATHS.get(scope.get("method", ""))
        if allowed is None or not allowed.fullmatch(scope["path"]):
            return 404, "there is no such page"
        return None

    def _matches(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), (self._token or "").encode())


def _query_token(scope: Any) -> str:
    query = parse_qs(str(scope["query_string"], "latin-1"))
    return query.get("token", [""])[0]


def _cookie_token(cookie: str) -> str:
    try:
        morsel = SimpleCookie(cookie).get(_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _add_headers(send: Any) -> Any:
    async def send_with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            ours = [(k.encode(), v.encode()) for k, v in _HEADERS.items()]
            others = [h for h in message["headers"] if h[0].decode() not in _HEADERS]
            message = {**message, "headers": [*others, *ours]}
        await send(message)

    return send_with_headers


async def _set_cookie(scope: Any, send: Any, token: str) -> None:
    cookie = f"{_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    headers = [(b"location", scope["path"].encode()), (b"set-cookie", cookie.encode())]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def send_refusal(send: Any, status: int, text: str) -> None:
    """Answer a request with one line of plain text."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


class UploadReference(BaseModel):
    """An uploaded file, by its name in `Uploads`."""

    path: str


class Submission(BaseModel):
    """An event of the page; no other part of a request reaches Gradio."""

    session_hash: str = Field(pattern=r"^[\w-]{1,64}$")
    fn_index: int
    trigger_id: int | None = None
    data: list[str | list[str] | UploadReference | None]


class SubmissionFilter:
    """ASGI middleware that passes only files that were uploaded to this page.

    Gradio checks only the files that it serves itself and accepts any path in a request
    as an upload.
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
