"""`affectgraph augment review`: people say what doubtful clips are."""

from collections import deque
from typing import Annotated

import typer
from rich.panel import Panel
from rich.text import Text

from affectgraph.agents.augment import ReviewItem, ReviewQueue
from affectgraph.agents.cli import options
from affectgraph.agents.cli.augment import location
from affectgraph.agents.cli.output import complain
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal

By = Annotated[str, typer.Option("--annotator", help="Who answers: a handle.")]

_SKIP, _UNDO, _NONE, _QUIT = "s", "u", "n", "q"
_KEYS = {str(number): emotion for number, emotion in enumerate(BASIC_EMOTIONS, 1)}
_HELP = (
    " ".join(f"{key} {emotion}" for key, emotion in _KEYS.items())
    + f", or any word for one; {_NONE} none of them; {_SKIP} skip, {_UNDO} undo, "
    f"{_QUIT} quit. What follows is kept as a note."
)


def review(
    into: location.Into,
    how: location.How = None,
    runs: location.Runs = None,
    memory: options.Memory = None,
    annotator: By = "",
) -> None:
    """Show doubtful clips, and keep what a person says of them as human labels.

    Reads a line for each clip, from a pipe too, and then writes what `augment` wrote.

    Example: affectgraph augment review --into labelled.jsonl --annotator ann
    """
    location.check(into, how, memory)
    folder = location.runs_of(into, runs, memory)
    with ReviewQueue(folder) as queue:
        answered = _Session(queue, annotator).run()
        rows = queue.rows
    location.give(rows, folder, into, how, memory)
    waiting = sum(row.waits for row in rows)
    print(f"{answered} answered, {waiting} still doubtful")


class _Session:
    """One sitting: what is yet to be shown, and what was."""

    def __init__(self, queue: ReviewQueue, annotator: str) -> None:
        self._queue = queue
        self._annotator = annotator
        self._coming = deque(queue.pending())
        self._shown: list[tuple[ReviewItem, bool]] = []
        self._console = Terminal()

    def run(self) -> int:
        """Ask until all is answered or the lines end; how many were answered."""
        if self._coming:
            self._console.print(_HELP, style="dim", highlight=False)
        while self._coming:
            doubt = self._coming[0]
            self._console.print(_shown(doubt))
            try:
                key, _, note = input("> ").strip().partition(" ")
            except EOFError:
                break
            if key == _QUIT:
                break
            self._obey(doubt, key, note.strip())
        return sum(answered for _, answered in self._shown)

    def _obey(self, doubt: ReviewItem, key: str, note: str) -> None:
        if key == _UNDO:
            self._undo()
            return
        if key not in ("", _SKIP):
            label = None if key == _NONE else _KEYS.get(key, key)
            try:
                self._queue.answer(
                    doubt.clip, label, annotator=self._annotator, note=note
                )
            except SettingError as error:
                complain(error)
                return
        self._shown.append((self._coming.popleft(), key not in ("", _SKIP)))

    def _undo(self) -> None:
        if not self._shown:
            complain("there is nothing to undo")
            return
        doubt, answered = self._shown.pop()
        if answered:
            self._queue.undo(doubt.clip)
        self._coming.appendleft(doubt)


def _shown(doubt: ReviewItem) -> Panel:
    shares = sorted(doubt.distribution.items(), key=lambda item: -item[1])[:3]
    likely = ", ".join(f"{emotion} {share:.2f}" for emotion, share in shares)
    said = "" if doubt.text is None else f'"{doubt.text}"\n'
    lines = Text.assemble(
        said, (likely, "bold"), f"\n{doubt.description}\n", (doubt.reason, "dim")
    )
    return Panel(lines, title=Text(str(doubt.path or "text")))
