"""Options that several commands share."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from affectgraph import memory
from affectgraph.agents.cli.output import complain
from affectgraph.agents.governance.purpose import DEFAULT, PERMITTED, VARIABLE, declared
from affectgraph.graphs.reasoner import models

Tools = Annotated[
    str | None,
    typer.Option(
        "--tools",
        help="Senses, with commas between: names, MODULE:NAME or MODALITY=hf:MODEL.",
    ),
]
Llm = Annotated[
    str,
    typer.Option(
        "--llm",
        metavar="PROVIDER:MODEL",
        help="embedded[:NAME], vllm:MODEL, openai:MODEL, ollama:MODEL or "
        "transformers:MODEL.",
    ),
]
NoLlm = Annotated[
    bool, typer.Option("--no-llm", help="Do without a language model: the fast answer.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write results into this folder too."),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="PLACE",
        envvar="AFFECTGRAPH_MEMORY",
        help="Where your own cases are: a folder, or postgresql://...",
    ),
]
Purpose = Annotated[
    str | None,
    typer.Option(
        "--purpose",
        callback=declared,
        help=f"What it is for: {', '.join(PERMITTED)}. [default: {VARIABLE}, or "
        f"{DEFAULT}]",
    ),
]
Audit = Annotated[
    Path | None,
    typer.Option(
        "--audit", metavar="FILE", help="Log every verdict here: see audit verify."
    ),
]
Evidence = Annotated[
    Path | None,
    typer.Option(
        "--evidence",
        metavar="DIR",
        envvar="AFFECTGRAPH_EVIDENCE",
        help="Where what senses say is kept, words included.",
    ),
]
DEFAULT_LLM = models.DEFAULT_MODEL


_open = ExitStack()


def held(place: str | None = None) -> memory.Memory:
    """A memory that is let go of when the command ends."""
    return _open.enter_context(closing(memory.Memory(place)))


def let_go() -> None:
    """Close what the command held."""
    _open.close()


def begun(place: str | None) -> str | None:
    """A place that holds cases; None for what an agent has without one.

    One that is yet to be begun is told on standard error, and done without: a slip of
    the pen must not pass for an empty memory.
    """
    if place is None or memory.memory_exists(place):
        return place
    complain(f"there is no case memory in {place} yet: begin with memory add")
    return None


def opened(place: str | None) -> memory.Memory | None:
    """The memory to recall from, if it is begun; see `begun`."""
    kept = begun(place)
    return None if kept is None else held(kept)


def names(tools: str | None) -> list[str] | None:
    """Names of senses from `--tools`."""
    return None if tools is None else [name.strip() for name in tools.split(",")]
