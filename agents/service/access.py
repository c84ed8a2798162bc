"""Who may use the service."""

import re
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from affectgraph.agents.service.schemas import Problem

_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
# Says nothing of clips; those who watch the process ask it.
_OPEN_PATHS = {"/v1/health"}
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class AccessGuard:
    """ASGI middleware: a bearer token, or on loopback no pages of other hosts.

    A page in a browser on this machine could send requests to loopback: they carry its
    origin, or a host name that is not loopback's.

    Args:
        app: The protected application.
        token: The token; None on loopback.
    """

    def __init__(self, app: Asgi, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v for k, v in scope["headers"]}
        refusal = self._refusal(scope["path"], headers)
        if refusal is None:
            await self._app(scope, receive, _add_headers(send))
        else:
            await problem_response(*refusal)(scope, receive, send)

    def _refusal(
        self, path: str, headers: dict[str, bytes]
    ) -> tuple[int, str, dict[str, str]] | None:
        host = headers.get("host", b"").decode("latin-1")
        origin = headers.get("origin")
        if self._token is None:
            if re.sub(r":\d+$", "", host) not in _LOOPBACK_NAMES:
                return 403, "address this service as localhost", {}
            if origin is not None and origin.partition(b"://")[2] != host.encode():
                return 403, "pages of other hosts may not use this service", {}
        elif path not in _OPEN_PATHS:
            scheme, _, given = headers.get("authorization", b"").partition(b" ")
            known = secrets.compare_digest(given.strip(), self._token.encode())
            if scheme.lower() != b"bearer" or not known:
                challenge = {"www-authenticate": "Bearer"}
                return 401, "send the header Authorization: Bearer TOKEN", challenge
        return None


def problem_response(
    status: int, detail: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A response that says in one line why a request failed."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(
        problem.model_dump(),
        status,
        {**_HEADERS, **(headers or {})},
        media_type="application/problem+json",
    )


def _add_headers(send: Any) -> Any:
    async def send_with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            ours = [(k.encode(), v.encode()) for k, v in _HEADERS.items()]
            message = {**message, "headers": [*message["headers"], *ours]}
        await send(message)

    return send_with_headers
