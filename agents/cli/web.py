"""`affectgraph web`: the page in a browser."""

from importlib import util
from typing import Annotated

import typer

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.cli.memory import location
from affectgraph.agents.cli.output import complain
from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.agents.web.server import Address, serve
from affectgraph.tools.clip import Limits
from affectgraph.tools.errors import SettingError

Host = Annotated[
    str,
    typer.Option("--host", help="What to listen on; beyond loopback with a token."),
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Its port; 0: any free one.")
]
Largest = Annotated[
    float, typer.Option("--largest", metavar="MB", min=0.001, help="Largest upload.")
]
Longest = Annotated[
    float, typer.Option("--longest", metavar="SECONDS", min=1, help="Longest clip.")
]


def web(
    host: Host = "127.0.0.1",
    port: Port = 7860,
    largest: Largest = 200.0,
    longest: Longest = 300.0,
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    memory: options.Memory = None,
    purpose: options.Purpose = None,
    audit: options.Audit = None,
) -> None:
    """Serve a page: a clip, its verdict, what-if switches and a conversation.

    It answers this machine only, unless --host says otherwise: then who has the
    address that is printed comes in. Nothing is kept when a page is closed.

    Example: affectgraph web --memory cases
    """
    if util.find_spec("gradio") is None:
        raise SettingError(
            "gradio is not installed; run pip install 'affectgraph[web]'"
        )
    limits = Limits(seconds=longest)
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=options.names(tools),
        memory=location.begun(memory) if memory else None,
        limits=limits,
        purpose=purpose,
        audit=audit,
        progress=True,
    )
    address = Address(host=host, port=port)
    if not address.loopback:
        complain("others can reach this page; put HTTPS before it, and use the token")
    serve(
        agent,
        address,
        purpose=checked_purpose(purpose),
        reasoner="" if no_llm else llm,
        limits=limits,
        megabytes=largest,
        remembers=memory is not None,
        say=lambda where: print(f"Affectgraph is at {where}", flush=True),
    )
