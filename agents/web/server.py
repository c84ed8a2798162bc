"""The web server; when it ends, it deletes all files of its visitors."""

import asyncio
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.web import render
from affectgraph.agents.web.downloads import add_download_routes, add_upload_route
from affectgraph.agents.web.page import build_page
from affectgraph.agents.web.request_guard import RequestGuard, SubmissionFilter
from affectgraph.agents.web.theme import create_theme
from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visit import Visits
from affectgraph.tools.clip import Limits
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen

_MEGABYTE = 1_000_000
_SHUTDOWN_TIMEOUT_S = 1
# What Gradio offers and this page does without.
_TURNED_OFF: dict[str, Any] = {
    "footer_links": [],
    **dict.fromkeys(
        ("run_history", "show_error", "ssr_mode", "pwa", "mcp_server"), False
    ),
}

# A visit takes an upload as soon as it has arrived; older uploads are deleted.
_SWEEP_INTERVAL_S, _MAX_UPLOAD_AGE_S = 60, 300


class Address(Frozen):
    """Address of the page.

    Attributes:
        host: Host name or IP address to listen on.
        port: Port; 0 for any free one.
    """

    host: str = "127.0.0.1"
    port: int = 7860

    @property
    def loopback(self) -> bool:
        """Only this machine can reach the address."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def serve(
    agent: EmotionAgent,
    address: Address,
    *,
    purpose: str,
    reasoner: str,
    limits: Limits,
    megabytes: float,
    remembers: bool,
    announce: Callable[[str], None],
) -> None:
    """Serve the page until the process is asked to end, then delete all files.

    Args:
        agent: The agent that analyses; its limits should be the same.
        address: Address to listen on.
        purpose: Purpose of the verdicts.
        reasoner: Name of the language model; empty without one.
        limits: Limits of a clip.
        megabytes: Largest upload.
        remembers: The agent has a memory that the user named.
        announce: Called with the URL, once the server listens.
    """
    with _listen(address) as listener, _temporary_folder() as folder:
        import uvicorn

        uploads = Uploads(folder / "uploads")
        visits = Visits(
            agent, folder / "visits", uploads, limits=limits, remembers=remembers
        )
        blocks = build_page(visits, purpose=purpose, reasoner=reasoner)
        token = None if address.loopback else secrets.token_urlsafe(24)
        page_app = _create_app(blocks, visits, uploads, round(megabytes * _MEGABYTE))
        app = RequestGuard(SubmissionFilter(page_app, uploads), token)
        host, port = listener.getsockname()[:2]
        url_host = f"[{host}]" if ":" in host else host
        announce(f"http://{url_host}:{port}/" + (f"?token={token}" if token else ""))
        config = uvicorn.Config(
            app, log_level="critical", timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_S
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder for all temporary files, also those of libraries.

    It is deleted at the end, also after a signal that ends the process.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with TemporaryDirectory(prefix="affectgraph-web-", ignore_cleanup_errors=True) as t:
        folder = Path(t)
        (folder / "visits").mkdir()
        os.environ["GRADIO_TEMP_DIR"] = str(folder / "uploads")
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        os.environ["TMPDIR"] = tempfile.tempdir = t
        yield folder


def _listen(address: Address) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family)
    except (OSError, OverflowError, TypeError, UnicodeError) as error:
        raise SettingError(
            f"{address.host}:{address.port} cannot listen there: {error}"
        ) from error


def _create_app(blocks: Any, visits: Visits, uploads: Uploads, max_bytes: int) -> Any:
    from fastapi import FastAPI
    from gradio import mount_gradio_app

    @asynccontextmanager
    async def delete_old_uploads(app: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(uploads))
        yield
        task.cancel()

    app = FastAPI(
        lifespan=delete_old_uploads, docs_url=None, redoc_url=None, openapi_url=None
    )
    add_download_routes(app, visits)
    add_upload_route(app, uploads, max_bytes)
    blocks.queue(default_concurrency_limit=4, max_size=32)
    # Gradio checks paths in requests only if this is set, and mounting does not set it.
    # `SubmissionFilter` checks them as well.
    blocks.has_launched = True
    return mount_gradio_app(
        app,
        blocks,
        "/",
        max_file_size=max_bytes,
        theme=create_theme(),
        head=render.document_head(),
        **_TURNED_OFF,
    )


async def _sweep(uploads: Uploads) -> None:
    """Delete uploads that no visit has taken."""
    while True:
        await asyncio.sleep(_SWEEP_INTERVAL_S)
        await asyncio.to_thread(uploads.sweep, _MAX_UPLOAD_AGE_S)
