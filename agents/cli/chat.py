"""`affectgraph chat`: a verdict, and a conversation about it."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer
from rich.table import Table

from affectgraph.agents.chat import ChatTurn, Session, opened
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.output import (
    print_notice,
    print_verdict,
    sign_claim,
)
from affectgraph.agents.cli.progress import analyze_with_progress
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import AUTO
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal, live_display

Source = Annotated[
    Path | None,
    typer.Argument(metavar="CLIP", help="A clip to analyse, or a recorded run."),
]
Runs = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of the conversations.")
]
_QUIT = ("/quit", "/exit")


@options.expand_options
def chat(
    clip: Source = None,
    *,
    text: options.Text = None,
    language: options.Language = AUTO,
    thread: options.Thread = None,
    runs: Runs = None,
    agent_options: options.AgentOptions,
    memory: options.Memory = None,
    audit: options.Audit = None,
    json: options.Json = False,
) -> None:
    """Talk about the verdict on a clip: ask why, take evidence away, go back.

    With --thread and --runs the conversation continues where it ended, also without
    the clip. If standard input is not a terminal, each of its lines is answered.

    Example: affectgraph chat interview.mp4 --thread interview --runs runs
    """
    agent = agent_options.create_agent(
        memory=case_memory.open_or_create(memory) if memory else None, audit=audit
    )
    session = opened(
        agent,
        _open_source(clip, text, language, thread),
        thread=thread,
        runs=runs,
        analyze=partial(analyze_with_progress, agent),
    )
    try:
        if sys.stdin.isatty() and sys.stdout.isatty() and not json:
            _talk(session)
        elif not _answer_lines(session, json=json):
            raise typer.Exit(1)
    finally:
        session.close()


def _open_source(
    clip: Path | None, text: str | None, language: str, thread: str | None
) -> Clip | RecordedRun | None:
    if clip is None and text is None:
        if thread is None:
            raise SettingError("nothing to talk about: name a clip, or pass --text")
        return None
    if clip is not None and (clip.suffix.lower() == ".json" or clip.is_dir()):
        return RecordedRun.load(clip)
    return Clip.open(clip, text=text, language=language)


def _answer_lines(session: Session, *, json: bool) -> bool:
    """Answer the lines of standard input; False if one could not be answered."""
    console = Terminal()
    _print_turn(console, session.turn, json=json)
    succeeded = True
    for line in filter(str.strip, sys.stdin):
        if line.strip() in _QUIT:
            break
        turn = session.say(line)
        succeeded = succeeded and not turn.answer.problem
        if not json:
            console.print(f"\n{turn.step} > {turn.line}", style="bold")
        _print_turn(console, turn, json=json)
    return succeeded


def _talk(session: Session) -> None:
    """Talk with a person at a terminal until they leave."""
    console = Terminal()
    print_verdict(session.verdict)
    if session.turn.step:
        edits = "; ".join(session.turn.edits.descriptions) or "as recorded"
        continued = f"Continuing after step {session.turn.step}: {edits}"
        console.print(continued, highlight=False)
    print_notice(session.verdict)
    console.print("/help lists the commands; Ctrl-D leaves.", style="dim")
    for line in _read_lines(_create_prompt(session, console), session):
        try:
            with live_display(console.status("thinking", spinner="dots")):
                turn = session.say(line)
        except KeyboardInterrupt:
            console.print("Stopped; this line is not part of the conversation.")
        else:
            _print_turn(console, turn, json=False)


def _create_prompt(session: Session, console: Terminal) -> Any:
    """The prompt, which completes commands and their arguments."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.output import create_output

    class CommandCompleter(Completer):
        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterable[Completion]:
            line = document.text_before_cursor
            last = len(line.rpartition(" ")[2])
            for word in session.completions(line):
                yield Completion(word, start_position=-last)

    return PromptSession[str](
        completer=CommandCompleter(),
        complete_while_typing=False,
        output=create_output(stdout=cast(TextIO, console.file)),
    )


def _read_lines(prompt: Any, session: Session) -> Iterator[str]:
    while True:
        try:
            label = session.turn.label or "no label"
            line = prompt.prompt(f"\n{session.turn.step + 1} {label} > ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if line in _QUIT:
            return
        if line:
            yield line


def _print_turn(console: Terminal, turn: ChatTurn, *, json: bool) -> None:
    if json:
        print(turn.model_dump_json(), flush=True)
        return
    for line in turn.answer.lines:
        text = sign_claim(line.side, line.text)
        if line.cites:
            text.append(f" [{', '.join(line.cites)}]", style="cyan")
        console.print(text, highlight=False, soft_wrap=not console.is_terminal)
    for table in turn.answer.tables:
        rich_table = Table(*table.columns, box=None, pad_edge=False)
        for row in table.rows:
            rich_table.add_row(*row)
        console.print(rich_table)
