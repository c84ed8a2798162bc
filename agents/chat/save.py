"""`/save`: write the verdict or the conversation to a file."""

from collections.abc import Sequence
from pathlib import Path

from affectgraph.agents.chat.messages import AnswerTable, ChatTurn
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import atomic_write_text, explain_write_errors


def save(name: str, verdict: Verdict, turns: Sequence[ChatTurn]) -> Path:
    """Write a new file atomically.

    Args:
        name: Path that ends in `.json` for the verdict, `.md` for the conversation.
        verdict: The current verdict.
        turns: All turns.
    """
    file = Path(name).expanduser()
    suffix = file.suffix.lower()
    if suffix not in (".json", ".md"):
        raise SettingError(
            "write /save FILE.json for the verdict, FILE.md for this conversation"
        )
    if file.exists():
        raise SettingError(f"{file}: is there already; choose another name")
    text = (
        f"{verdict.to_json()}\n" if suffix == ".json" else _transcript(verdict, turns)
    )
    with explain_write_errors(file, SettingError):
        atomic_write_text(file, text)
    return file


def _transcript(verdict: Verdict, turns: Sequence[ChatTurn]) -> str:
    parts = [f"# {verdict.clip.name}"]
    for turn in turns:
        parts.append(f"## {turn.step}. {turn.line or 'The verdict'}")
        parts.append("\n".join(f"- {line}" for line in turn.answer.lines))
        parts += [_markdown_table(table) for table in turn.answer.tables]
    return "\n\n".join([*filter(None, parts), f"*{verdict.notice}*"]) + "\n"


def _markdown_table(table: AnswerTable) -> str:
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in r] for r in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
