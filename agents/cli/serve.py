"""`affectgraph serve`: verdicts for other programs, over HTTP."""

import secrets
from importlib import util
from typing import Annotated

import typer

from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.messages import print_error
from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.agents.service.settings import ServiceSettings, is_loopback
from affectgraph.tools.clip import Limits
from affectgraph.tools.errors import SettingError

_NEEDED = ("fastapi", "uvicorn", "prometheus_client", "python_multipart")
_TOKEN_VARIABLE = "AFFECTGRAPH_TOKEN"
_MIN_TOKEN = 16

Host = Annotated[
    str, typer.Option(help="Address to listen on; others than loopback need a token.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar=_TOKEN_VARIABLE,
        help="Bearer token that requests must carry; beyond loopback one is made "
        "and printed if there is none.",
    ),
]
Largest = Annotated[
    float, typer.Option(metavar="MB", min=0.001, help="Largest request.")
]
Longest = Annotated[float, typer.Option(metavar="SECONDS", min=1, help="Longest clip.")]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", min=1, help="Longest analysis.")
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Analyses at once.")]
Waiting = Annotated[int, typer.Option(min=0, help="Analyses that may wait.")]
Grace = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0, help="To finish in after a signal to stop."),
]


@options.expand_options
def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    token: Token = None,
    largest: Largest = 200.0,
    longest: Longest = 300.0,
    timeout: Timeout = 300.0,
    workers: Workers = 1,
    waiting: Waiting = 16,
    grace: Grace = 30.0,
    agent_options: options.AgentOptions,
    memory: options.Memory = None,
    audit: options.Audit = None,
) -> None:
    """Offer verdicts to other programs over HTTP; /openapi.json describes it.

    Only this machine reaches it, unless --host says otherwise.

    Example: affectgraph serve --port 8000 --memory cases
    """
    if not all(util.find_spec(name) for name in _NEEDED):
        raise SettingError(
            "the server is not installed; run pip install 'affectgraph[serve]'"
        )
    if token is not None and (len(token) < _MIN_TOKEN or not token.isascii()):
        raise SettingError(f"--token: use at least {_MIN_TOKEN} letters and digits")
    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(24)
        print_error(f"others can reach this; put HTTPS in front. Token: {token}")
    from affectgraph.agents.service.server import run_service  # needs the extra

    cases = case_memory.open_or_create(memory) if memory else None
    agent = agent_options.create_agent(
        memory=cases, limits=Limits(seconds=longest), audit=audit
    )
    settings = ServiceSettings(
        purpose=checked_purpose(agent_options.purpose),
        token=token,
        megabytes=largest,
        job_seconds=timeout,
        workers=workers,
        waiting=waiting,
        grace_seconds=grace,
    )
    run_service(
        agent,
        settings,
        host,
        port,
        memory=cases,
        announce=lambda url: print(f"Affectgraph serves at {url}", flush=True),
    )
