"""Access control: who may use the page, and that it loads nothing from elsewhere."""

import re
import secrets
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

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
