"""Runs the service until the process is asked to end."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.service.app import create_app
from affectgraph.agents.service.settings import ServiceSettings
from affectgraph.memory import Memory
from affectgraph.tools.errors import SettingError

# After the last analysis ended, for how long its answer may take to leave.
_ANSWER_SECONDS = 5
_KEEP_ALIVE_SECONDS = 15
_MAX_CONNECTIONS = 512


def run_service(
    agent: EmotionAgent,
    settings: ServiceSettings,
    host: str,
    port: int,
    *,
    memory: Memory | None,
    announce: Callable[[str], None],
) -> None:
    """Serve until a signal to stop, then finish or hand back what is at work.

    Args:
        agent: Analyses the clips.
        settings: Who may use the service, and what a request may cost.
        host: Address to listen on.
        port: Port; 0 for any free one.
        memory: Where corrections go; None to store none.
        announce: Called with the URL, once the service listens.

    Raises:
        SettingError: If it cannot listen there.
    """
    with (
        _listen(host, port) as listener,
        TemporaryDirectory(
            prefix="affectgraph-serve-", ignore_cleanup_errors=True
        ) as folder,
    ):
        # Uploads, whole or in parts, are in this private folder only.
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        app = create_app(agent, settings, memory)
        server: Any = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="critical",
                server_header=False,
                limit_concurrency=_MAX_CONNECTIONS,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=round(settings.grace_seconds)
                + _ANSWER_SECONDS,
            )
        )
        server.handle_exit = _stop_queue_first(server.handle_exit, app.state.queue)
        name, number = listener.getsockname()[:2]
        announce(f"http://{f'[{name}]' if ':' in name else name}:{number}")
        # The server raises the signal again once it has ended: the folder must go.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _stop_queue_first(handle_exit: Any, queue: Any) -> Any:
    def stop(number: int, frame: Any) -> None:
        with suppress(RuntimeError):  # the event loop has not begun, or has ended
            asyncio.get_running_loop().call_soon_threadsafe(queue.stop)
        handle_exit(number, frame)

    return stop


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError, TypeError, UnicodeError) as error:
        raise SettingError(f"{host}:{port} cannot listen there: {error}") from error
