"""MkDocs hooks: pages that are written from the code and from files elsewhere."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
COMMANDS = "<!-- every command -->"
CLI = "affectgraph.agents.cli.main"
EXAMPLE = re.compile(r"^Example: (.+)$", re.MULTILINE)

# Pages of the site whose source lies elsewhere in the repository.
PAGES = {
    "changelog.md": ROOT / "CHANGELOG.md",
    "contributing.md": ROOT / "CONTRIBUTING.md",
    "security.md": ROOT / ".github" / "SECURITY.md",
    "models/decision.md": ROOT / "graphs" / "verdict" / "decision.md",
    "models/seed-memory.md": ROOT / "memory" / "seed" / "README.md",
} | {
    f"models/{card.name}": card
    for card in sorted((ROOT / "tools" / "weights" / "files").glob("*.md"))
}
# In the repository a link leads to the source, on the site to the page made of it.
LINK = re.compile(r"\]\((?:\.\./)*([^)#]+)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages whose source lies elsewhere."""
    for page, source in PAGES.items():
        text = source.read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fill in the commands, and point links at the site's own pages."""
    if COMMANDS in markdown:
        markdown = markdown.replace(COMMANDS, commands())
    sources = {str(path.relative_to(ROOT)): name for name, path in PAGES.items()}

    def linked(link: re.Match[str]) -> str:
        target = sources.get(link[1], link[1].removeprefix("docs/"))
        return link[0] if target == link[1] else f"]({target})"

    return LINK.sub(linked, markdown)


def commands() -> str:
    """Every command with its options, in Markdown, written by typer."""
    asked = [sys.executable, "-m", "typer", CLI, "utils", "docs"]
    done = subprocess.run(
        [*asked, "--name", "affectgraph"], capture_output=True, text=True, check=True
    )
    _, _, pages = done.stdout.partition("\n## ")
    return EXAMPLE.sub(r"Example: `\1`", f"## {pages}")
