"""Who may come in, and what a browser may fetch from elsewhere: nothing."""

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
_LOCAL = {"localhost", "127.0.0.1", "[::1]"}

# What the page asks of Gradio; all else of it, and any file by its path, is not there.
_READ = re.compile(
    r"/(config|theme\.css|favicon\.ico|manifest\.json|(assets|static|svelte|clips)/.+)?"
    r"|/gradio_api/(upload_progress|startup-events|info|app_id|queue/data"
    r"|heartbeat/[\w-]+)/?"
)
_SENT = re.compile(r"/gradio_api/(upload|queue/join|cancel|reset)")
_ASKED_FOR = {"GET": _READ, "HEAD": _READ, "POST": _SENT}

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Guard:
    """In front of an application.

    Pages from elsewhere are turned away: what they ask for comes with their origin,
    or, on loopback, under a name that is not loopback's. Beyond loopback, only who has
    the token comes in; it is in the address that is opened first, then in a cookie.

    Args:
        app: What is guarded.
        token: What lets in; None on loopback.
    """

    def __init__(self, app: Asgi, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {k.decode().lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if self._token is not None and self._fits(_asked(scope)):
            await _welcome(scope, send, self._token)
        elif refusal := self._refusal(scope, headers):
            await refuse(send, *refusal)
        else:
            await self._app(scope, receive, _careful(send))

    def _refusal(self, scope: Any, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if self._token is None and re.sub(r":\d+$", "", host) not in _LOCAL:
            return 403, "ask for this page as localhost"
        if self._token and not self._fits(_carried(headers.get("cookie", ""))):
            return 401, "open the whole address that affectgraph web printed"
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "another page may not ask for this"
        known = _ASKED_FOR.get(scope.get("method", ""))
        if known is None or not known.fullmatch(scope["path"]):
            return 404, "there is no such page"
        return None

    def _fits(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), (self._token or "").encode())


def _asked(scope: Any) -> str:
    query = parse_qs(str(scope["query_string"], "latin-1"))
    return query.get("token", [""])[0]


def _carried(cookie: str) -> str:
    try:
        found = SimpleCookie(cookie).get(_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _careful(send: Any) -> Any:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            told = [(k.encode(), v.encode()) for k, v in _HEADERS.items()]
            kept = [h for h in message["headers"] if h[0].decode() not in _HEADERS]
            message = {**message, "headers": [*kept, *told]}
        await send(message)

    return sending


async def _welcome(scope: Any, send: Any, token: str) -> None:
    cookie = f"{_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    there = [(b"location", scope["path"].encode()), (b"set-cookie", cookie.encode())]
    await send({"type": "http.response.start", "status": 303, "headers": there})
    await send({"type": "http.response.body", "body": b""})


async def refuse(send: Any, status: int, text: str) -> None:
    """Answer a request with one line of plain text."""
    kind = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})
