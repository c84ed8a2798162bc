"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.graphs import models

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
DEFAULT_LLM = models.DEFAULT


def names(tools: str | None) -> list[str] | None:
    """Names of senses from `--tools`."""
    return None if tools is None else [name.strip() for name in tools.split(",")]
