"""`affectgraph web`: the page in a browser."""

from importlib import util
from typing import Annotated

import typer

from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.messages import print_error
from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.agents.web.server import Address, serve
from affectgraph.tools.clip import Limits
from affectgraph.tools.errors import SettingError

Host = Annotated[
    str, typer.Option(help="Address to listen on; others than loopback need a token.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")]
Largest = Annotated[
    float, typer.Option(metavar="MB", min=0.001, help="Largest upload.")
]
Longest = Annotated[float, typer.Option(metavar="SECONDS", min=1, help="Longest clip.")]


@options.expand_options
def web(
    *,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    largest: Largest = 200.0,
    longest: Longest = 300.0,
    agent_options: options.AgentOptions,
    memory: options.Memory = None,
    audit: options.Audit = None,
) -> None:
    """Serve a page: a clip, its verdict, what-if switches and a conversation.

    Only this machine reaches it, unless --host says otherwise: then everybody who has
    the printed address does. Closing a page deletes its clips.

    Example: affectgraph web --memory cases
    """
    if util.find_spec("gradio") is None:
        raise SettingError(
            "gradio is not installed; run pip install 'affectgraph[web]'"
        )
    limits = Limits(seconds=longest)
    agent = agent_options.create_agent(
        memory=case_memory.open_or_create(memory) if memory else None,
        limits=limits,
        audit=audit,
    )
    address = Address(host=host, port=port)
    if not address.loopback:
        print_error("others can reach this page; put HTTPS in front, and use the token")
    serve(
        agent,
        address,
        purpose=checked_purpose(agent_options.purpose),
        reasoner=agent_options.model or "",
        limits=limits,
        megabytes=largest,
        remembers=memory is not None,
        announce=lambda url: print(f"Affectgraph is at {url}", flush=True),
    )
