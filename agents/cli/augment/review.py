"""`affectgraph augment review`: people label doubtful clips."""

from collections import deque

from rich.panel import Panel
from rich.text import Text

from affectgraph.agents.augment import ReviewItem, ReviewQueue
from affectgraph.agents.cli import options
from affectgraph.agents.cli.augment.destination import Destination
from affectgraph.agents.cli.messages import print_error
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal

_SKIP, _UNDO, _NONE, _QUIT = "s", "u", "n", "q"
_KEYS = {str(number): emotion for number, emotion in enumerate(BASIC_EMOTIONS, 1)}
_HELP = (
    " ".join(f"{key} {emotion}" for key, emotion in _KEYS.items())
    + f", or another emotion word; {_NONE} none of them; {_SKIP} skip, {_UNDO} undo, "
    f"{_QUIT} quit. Further words are stored as a note."
)


@options.expand_options
def review(*, destination: Destination, annotator: options.Annotator = "") -> None:
    """Show doubtful clips, and store the answers of a person as human labels.

    Reads one line for each clip, also from a pipe, then writes the results again.

    Example: affectgraph augment review --into labelled.jsonl --annotator ann
    """
    destination.check()
    with ReviewQueue(destination.runs_folder()) as queue:
        answered = _ReviewSession(queue, annotator).run()
        rows = queue.rows
    destination.write_rows(rows)
    waiting = sum(row.waits for row in rows)
    print(f"{answered} answered, {waiting} still doubtful")


class _ReviewSession:
    """Shows the doubtful clips one after another, with undo."""

    def __init__(self, queue: ReviewQueue, annotator: str) -> None:
        self._queue = queue
        self._annotator = annotator
        self._pending = deque(queue.pending())
        self._shown: list[tuple[ReviewItem, bool]] = []
        self._console = Terminal()

    def run(self) -> int:
        """Ask until all clips are answered or the input ends; the number answered."""
        if self._pending:
            self._console.print(_HELP, style="dim", highlight=False)
        while self._pending:
            doubt = self._pending[0]
            self._console.print(_describe(doubt))
            try:
                key, _, note = input("> ").strip().partition(" ")
            except EOFError:
                break
            if key == _QUIT:
                break
            self._answer(doubt, key, note.strip())
        return sum(answered for _, answered in self._shown)

    def _answer(self, doubt: ReviewItem, key: str, note: str) -> None:
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
                print_error(error)
                return
        self._shown.append((self._pending.popleft(), key not in ("", _SKIP)))

    def _undo(self) -> None:
        if not self._shown:
            print_error("there is nothing to undo")
            return
        doubt, answered = self._shown.pop()
        if answered:
            self._queue.undo(doubt.clip)
        self._pending.appendleft(doubt)


def _describe(doubt: ReviewItem) -> Panel:
    shares = sorted(doubt.distribution.items(), key=lambda item: -item[1])[:3]
    likely = ", ".join(f"{emotion} {share:.2f}" for emotion, share in shares)
    text = "" if doubt.text is None else f'"{doubt.text}"\n'
    lines = Text.assemble(
        text, (likely, "bold"), f"\n{doubt.description}\n", (doubt.reason, "dim")
    )
    return Panel(lines, title=Text(str(doubt.path or "text")))
