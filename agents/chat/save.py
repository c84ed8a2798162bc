"""`/save`: the verdict or the conversation in a file, whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

from affectgraph.agents.chat.messages import Table, Turn
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import atomic_write_text


def save(name: str, verdict: Verdict, turns: Sequence[Turn]) -> Path:
    """Write a file that is not there yet.

    Args:
        name: Ends in `.json` for the verdict, `.md` for the conversation.
        verdict: As it is now.
        turns: All that was said.

    Raises:
        SettingError: If it ends otherwise, is there already or cannot be written.
    """
    file = Path(name).expanduser()
    suffix = file.suffix.lower()
    if suffix not in (".json", ".md"):
        raise SettingError(
            "write /save FILE.json for the verdict, FILE.md for this conversation"
        )
    if file.exists():
        raise SettingError(f"{file}: there already; choose another name")
    text = f"{verdict.to_json()}\n" if suffix == ".json" else _told(verdict, turns)
    try:
        atomic_write_text(file, text)
    except OSError as error:
        reason = error.strerror or error
        raise SettingError(f"{file}: cannot be written ({reason})") from error
    return file


def _told(verdict: Verdict, turns: Sequence[Turn]) -> str:
    parts = [f"# {verdict.clip.name}"]
    for turn in turns:
        parts.append(f"## {turn.step}. {turn.line or 'The verdict'}")
        parts += ["\n".join(f"- {line}" for line in turn.answer.lines)]
        parts += [_table(table) for table in turn.answer.tables]
    return "\n\n".join([*filter(None, parts), f"*{verdict.notice}*"]) + "\n"


def _table(table: Table) -> str:
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in r] for r in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
