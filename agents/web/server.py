"""The server of the page: its address, its files, and an end that leaves nothing."""

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
from affectgraph.agents.web.downloads import give, receive
from affectgraph.agents.web.page import page
from affectgraph.agents.web.request_guard import Guard
from affectgraph.agents.web.submissions import Submissions
from affectgraph.agents.web.theme import theme
from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visits import Visits
from affectgraph.tools.clip import Limits
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen

_MEGABYTE = 1_000_000
_PATIENCE = 1

# Seconds between looks at what Gradio holds, and after which it is deleted: a visit
# takes an upload as soon as it is there.
_SWEEP, _UNTAKEN = 60, 300


class Address(Frozen):
    """Where the page is served.

    Attributes:
        host: Name or number of this machine's that is listened on.
        port: Its port; 0 for any that is free.
    """

    host: str = "127.0.0.1"
    port: int = 7860

    @property
    def loopback(self) -> bool:
        """Only this machine reaches it."""
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
    say: Callable[[str], None],
) -> None:
    """Serve the page until the process is told to end; then delete what is left.

    Args:
        agent: Who analyses; its limits should be the same.
        address: Where to listen.
        purpose: What verdicts are for.
        reasoner: Name of the language model; empty without one.
        limits: Caps on a clip.
        megabytes: Largest upload.
        remembers: The agent has a memory that was named.
        say: Is told the address, once it answers.

    Raises:
        SettingError: If the address cannot be had.
    """
    with _listening(address) as listening, _room() as room:
        import uvicorn

        uploads = Uploads(room / "uploads")
        visits = Visits(
            agent, room / "visits", uploads, limits=limits, remembers=remembers
        )
        blocks = page(visits, purpose=purpose, reasoner=reasoner)
        token = None if address.loopback else secrets.token_urlsafe(24)
        served = _app(blocks, visits, uploads, round(megabytes * _MEGABYTE))
        app = Guard(Submissions(served, uploads), token)
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        say(f"http://{shown}:{port}/" + (f"?token={token}" if token else ""))
        config = uvicorn.Config(
            app, log_level="critical", timeout_graceful_shutdown=_PATIENCE
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _room() -> Iterator[Path]:
    """A folder for whatever is written on the way, by whatever library; then no more.

    A signal to end is answered by an end that deletes it.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with TemporaryDirectory(prefix="affectgraph-web-", ignore_cleanup_errors=True) as t:
        room = Path(t)
        (room / "visits").mkdir()
        os.environ["GRADIO_TEMP_DIR"] = str(room / "uploads")
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        os.environ["TMPDIR"] = tempfile.tempdir = t
        yield room


def _listening(address: Address) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family)
    except (OSError, OverflowError, TypeError, UnicodeError) as error:
        raise SettingError(
            f"{address.host}:{address.port} cannot be listened on: {error}"
        ) from error


def _app(blocks: Any, visits: Visits, uploads: Uploads, max_bytes: int) -> Any:
    from fastapi import FastAPI
    from gradio import mount_gradio_app

    @asynccontextmanager
    async def sweeping(app: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(uploads))
        yield
        task.cancel()

    app = FastAPI(lifespan=sweeping, docs_url=None, redoc_url=None, openapi_url=None)
    give(app, visits)
    receive(app, uploads, max_bytes)
    blocks.queue(default_concurrency_limit=4, max_size=32)
    # Gradio checks the paths that it is given only where this is set, which mounting
    # does not do. `Submissions` checks them anyway; this is a second lock.
    blocks.has_launched = True
    return mount_gradio_app(
        app,
        blocks,
        "/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=max_bytes,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        head=render.frame(),
    )


async def _sweep(uploads: Uploads) -> None:
    """Delete what nobody has taken."""
    while True:
        await asyncio.sleep(_SWEEP)
        await asyncio.to_thread(uploads.sweep, _UNTAKEN)
