"""`affectgraph doctor`: what is installed, what is missing, and how to get it."""

import platform
from importlib import metadata, util

from rich.text import Text

from affectgraph.agents.cli import options
from affectgraph.tools import weights
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.terminal import Terminal
from affectgraph.tools.weights import cache_folder

_EXTRAS = {
    "gradio": "web",
    "langchain_ollama": "ollama",
    "mcp": "mcp",
    "psycopg": "postgres",
    "pyarrow": "parquet",
    "ray": "ray",
    "torch": "train",
    "transformers": "transformers",
    "vllm": "vllm",
}


class Finding(Frozen):
    """Result for one package or group of weights.

    Attributes:
        what: Name of the package, folder or group.
        state: `ok`, `missing` or `optional`.
        detail: Version, path, or size and licence.
        remedy: Command that installs it, where it is missing.
    """

    what: str
    state: str
    detail: str = ""
    remedy: str = ""


def doctor(json: options.Json = False) -> None:
    """Show what is installed, what is missing, and how to get it.

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
    for module, extra in _EXTRAS.items():
        installed = util.find_spec(module) is not None
        remedy = "" if installed else f"pip install 'affectgraph[{extra}]'"
        state = "ok" if installed else "optional"
        findings.append(Finding(what=module, state=state, remedy=remedy))
    return findings


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
