"""`affectgraph doctor`: what is installed, and what to install for each wish."""

import platform
from importlib import metadata, util

from rich.text import Text

from affectgraph.agents.cli import options
from affectgraph.tools import weights
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.weights import cache_folder

# What somebody may wish for, the extra that brings it, and a module of that extra.
_WISHES = {
    "the page in a browser: affectgraph web": ("web", "gradio"),
    "tables as Parquet: --into results.parquet": ("parquet", "pyarrow"),
    "a tool for other agents: affectgraph mcp": ("mcp", "mcp"),
    "a model of an Ollama server: --llm ollama:NAME": ("ollama", "langchain_ollama"),
    "a local model by transformers: --llm transformers:NAME": (
        "transformers",
        "transformers",
    ),
    "a local model by vLLM, on a GPU: --llm vllm:NAME": ("vllm", "vllm"),
    "memory and runs in PostgreSQL": ("postgres", "psycopg"),
    "a folder on several machines: --ray": ("ray", "ray"),
    "the graph in LangGraph Studio": ("studio", "langgraph_api"),
    "training the senses: affectgraph train": ("train", "torch"),
}


class Finding(Frozen):
    """Result for one wish, package or group of weights.

    Attributes:
        what: The wish; or name of the package, folder or group.
        state: `ok`, `missing` or `optional`.
        detail: Extra, version, path, or size and licence.
        remedy: Command that installs it, where it is missing.
    """

    what: str
    state: str
    detail: str = ""
    remedy: str = ""


def doctor(json: options.Json = False) -> None:
    """Show what is installed, and what to install for each wish.

    Example: affectgraph doctor
    """
    findings = [*_check_packages(), *_check_weights()]
    if json:
        for finding in findings:
            print(finding.model_dump_json())
        return
    console = Terminal(highlight=False, soft_wrap=True)
    for finding in findings:
        line = f"{finding.state:<9}{finding.what}  "
        console.print(Text.assemble(line, (finding.detail, "dim")))
        if finding.remedy:
            console.print(f"{'':9}{finding.remedy}", style="cyan")


def _check_packages() -> list[Finding]:
    version = metadata.version("affectgraph")
    findings = [
        Finding(what="affectgraph", state="ok", detail=version),
        Finding(what="python", state="ok", detail=platform.python_version()),
    ]
    return [*findings, *(_check_wish(*entry) for entry in _WISHES.items())]


def _check_wish(wish: str, needed: tuple[str, str]) -> Finding:
    extra, module = needed
    if util.find_spec(module) is not None:
        return Finding(what=wish, state="ok", detail=f"extra {extra}")
    remedy = f"pip install 'affectgraph[{extra}]'"
    return Finding(what=wish, state="optional", remedy=remedy)


def _check_weights() -> list[Finding]:
    mode = "offline" if weights.offline() else "may be fetched"
    findings = [
        Finding(what="weights cache", state="ok", detail=f"{cache_folder()} ({mode})")
    ]
    groups = dict.fromkeys(entry.name.split("/")[0] for entry in weights.entries())
    for group in groups:
        size = sum(entry.bytes for entry in weights.group_entries(group)) / 1e6
        licence = weights.group_entries(group)[0].licence
        complete = not weights.missing([group])
        findings.append(
            Finding(
                what=group,
                state="ok" if complete else "missing",
                detail=f"{size:.1f} MB, {licence}",
                remedy="" if complete else f"affectgraph weights fetch {group}",
            )
        )
    return findings
