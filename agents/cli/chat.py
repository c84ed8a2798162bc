"""`affectgraph chat`: a verdict, and a conversation about it."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer
from rich.table import Table

from affectgraph.agents import chat as chats
from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat.messages import Turn
from affectgraph.agents.cli import options
from affectgraph.agents.cli.analyze import Text, Thread, watched
from affectgraph.agents.cli.memory import location
from affectgraph.agents.cli.output import show, signed
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.terminal import Terminal, live

Source = Annotated[
    Path | None,
    typer.Argument(metavar="CLIP", help="What to analyse; or a recorded run."),
]
Runs = Annotated[
    Path | None,
    typer.Option("--runs", metavar="DIR", help="Folder that keeps conversations."),
]
_LEAVING = ("/quit", "/exit")
_SUPPORTS = {"for": True, "against": False, "": None}


def chat(
    clip: Source = None,
    text: Text = None,
    thread: Thread = None,
    runs: Runs = None,
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    memory: options.Memory = None,
    purpose: options.Purpose = None,
    audit: options.Audit = None,
    json: options.Json = False,
) -> None:
    """Talk about the verdict on a clip: ask why, take evidence away, go back.

    With --thread and --runs it goes on where it ended, also without the clip. Lines
    are read from standard input where that is no terminal.

    Example: affectgraph chat interview.mp4 --thread interview --runs runs
    """
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=options.names(tools),
        memory=location.begun(memory) if memory else None,
        purpose=purpose,
        audit=audit,
        progress=True,
    )
    session = chats.opened(
        agent,
        _source(clip, text, thread),
        thread=thread,
        runs=runs,
        analyze=partial(watched, agent),
    )
    try:
        talking = sys.stdin.isatty() and sys.stdout.isatty() and not json
        failed = _talk(session) if talking else _read(session, json=json)
    finally:
        session.close()
    if failed:
        raise typer.Exit(1)


def _source(clip: Path | None, text: str | None, thread: str | None) -> Any:
    if clip is None and text is None:
        if thread is None:
            raise SettingError("nothing to talk about: name a clip, or pass --text")
        return None
    if clip is not None and (clip.suffix.lower() == ".json" or clip.is_dir()):
        return RecordedRun.load(clip)
    return Clip.open(clip, text=text)


def _read(session: chats.Session, *, json: bool) -> bool:
    """Answer the lines of standard input; whether one of them was a problem."""
    console = Terminal()
    _give(console, session.turn, json=json)
    failed = False
    for line in filter(str.strip, sys.stdin):
        if line.strip() in _LEAVING:
            break
        turn = session.say(line)
        failed = failed or turn.answer.problem
        if not json:
            console.print(f"\n{turn.step} > {turn.line}", style="bold")
        _give(console, turn, json=json)
    return failed


def _talk(session: chats.Session) -> bool:
    """Talk with a person at a terminal, until they leave."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.output import create_output

    class Words(Completer):
        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterable[Completion]:
            line = document.text_before_cursor
            last = len(line.rpartition(" ")[2])
            for word in session.completions(line):
                yield Completion(word, start_position=-last)

    console = Terminal()
    show(session.verdict)
    if session.turn.step:
        edits = "; ".join(session.turn.edits.descriptions) or "as recorded"
        going_on = f"Going on after step {session.turn.step}: {edits}"
        console.print(going_on, highlight=False)
    console.print("/help lists the commands; Ctrl-D leaves.", style="dim")
    prompts: PromptSession[str] = PromptSession(
        completer=Words(),
        complete_while_typing=False,
        output=create_output(stdout=cast(TextIO, console.file)),
    )
    for line in _lines(prompts, session):
        try:
            with live(console.status("thinking", spinner="dots")):
                turn = session.say(line)
        except KeyboardInterrupt:
            console.print("Stopped; nothing was kept of that line.")
        else:
            _give(console, turn, json=False)
    return False


def _lines(prompts: Any, session: chats.Session) -> Iterator[str]:
    while True:
        try:
            label = session.turn.label or "no label"
            line = prompts.prompt(f"\n{session.turn.step + 1} {label} > ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if line in _LEAVING:
            return
        if line:
            yield line


def _give(console: Terminal, turn: Turn, *, json: bool) -> None:
    if json:
        print(turn.model_dump_json(), flush=True)
        return
    for line in turn.answer.lines:
        text = signed(_SUPPORTS[line.side], line.text)
        if line.cites:
            text.append(f" [{', '.join(line.cites)}]", style="cyan")
        console.print(text, highlight=False, soft_wrap=not console.is_terminal)
    for one in turn.answer.tables:
        table = Table(*one.columns, box=None, pad_edge=False)
        for row in one.rows:
            table.add_row(*row)
        console.print(table)
