"""A session: one conversation, stored turn by turn."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout
from langchain_core.runnables import RunnableConfig

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat.commands import complete_line
from affectgraph.agents.chat.context import ChatContext
from affectgraph.agents.chat.conversation import ConversationState, builder
from affectgraph.agents.chat.messages import ChatTurn, normalize_line
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun, Recorder
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path


class Session:
    """A conversation about a clip, created by `opened`.

    Examples:
        >>> agent = EmotionAgent(llm=None)
        >>> session = opened(agent, Clip.open(text="I am so happy that you came!"))
        >>> session.turn.label, str(session.say("why not sad?").answer.lines[0])
        ('happy', 'Sad does not lead: probability 0.03, happy 0.88.')
    """

    def __init__(
        self, agent: EmotionAgent, clip: Clip | None, runs: AnyPath | None, thread: str
    ) -> None:
        """Open a conversation; a new one starts with `begin`, which `opened` calls.

        Args:
            agent: The agent that computes.
            clip: The clip, for closer looks; None if it is not available.
            runs: Folder of stored conversations; None to store nothing.
            thread: Name of the conversation in that folder.
        """
        self._agent = agent
        self._clip = clip
        self._runs = runs = checked_path("runs", runs)
        self._graph = builder.compile(checkpointer=open_saver(runs))
        self._config = _thread_config(thread)
        self._outcomes: dict[str, WhatIf] = {}
        self._lock = _acquire_lock(runs, thread)
        values = self._graph.get_state(self._config).values
        self._run: RecordedRun | None = None
        self._turn: ChatTurn | None = None
        if values and runs is not None:
            self._run = RecordedRun.load(runs / values["run"])
            self._turn = ChatTurn.model_validate(values["turn"])

    @property
    def begun(self) -> bool:
        """The conversation has a run and at least one turn."""
        return self._run is not None

    @property
    def run(self) -> RecordedRun:
        """The recorded run under discussion."""
        if self._run is None:
            raise SettingError("the conversation has not begun: name a clip")
        return self._run

    @property
    def turn(self) -> ChatTurn:
        """The last turn."""
        if self._turn is None:
            raise SettingError("the conversation has not begun: name a clip")
        return self._turn

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run with the current edits."""
        return self._context().verdict

    def begin(self, run: RecordedRun, file: Path | None) -> ChatTurn:
        """Start with a recorded run; its verdict is the first turn."""
        self._run = run
        return self._run_turn({"line": "", "run": file.name if file else ""})

    def say(self, line: str) -> ChatTurn:
        """Answer a question or run a command; the turn is stored when this returns.

        An error in the line becomes its answer.
        """
        return self._run_turn({"line": normalize_line(line) or "/help"})

    def completions(self, line: str) -> list[str]:
        """Candidates for the last word of an unfinished line."""
        return complete_line(self._context(), line)

    def history(self) -> list[ChatTurn]:
        """Every turn so far, oldest first."""
        states = [*self._graph.get_state_history(self._config)]
        finished = [s.values for s in states if not s.next and "turn" in s.values]
        turns = [ChatTurn.model_validate(values["turn"]) for values in finished]
        by_step = {turn.step: turn for turn in turns}
        return [by_step[step] for step in sorted(by_step)]

    def close(self) -> None:
        """Release the conversation for other processes."""
        if self._lock is not None:
            self._lock.release()

    def _run_turn(self, update: ConversationState) -> ChatTurn:
        state = self._graph.invoke(
            update, self._config, context=self._context(), durability="sync"
        )
        self._turn = ChatTurn.model_validate(state["turn"])
        return self._turn

    def _context(self) -> ChatContext:
        return ChatContext(
            agent=self._agent,
            run=self.run,
            clip=self._clip,
            edits=self._turn.edits if self._turn else Edits(),
            last=self._turn,
            outcome=self._outcome,
            history=self.history,
            fork=self._fork,
        )

    def _outcome(self, edits: Edits) -> WhatIf:
        key = edits.model_dump_json()
        if key not in self._outcomes:
            self._outcomes[key] = self._agent.what_if(self.run, edits)
        return self._outcomes[key]

    def _fork(self, name: str) -> None:
        if self._runs is None:
            raise SettingError(
                "a fork needs a stored conversation: use --thread, --runs"
            )
        config = _thread_config(name)
        if self._graph.get_state(config).values:
            raise SettingError(f"thread {name!r} is there already; choose another name")
        run = self._graph.get_state(self._config).values["run"]
        for turn in self.history():
            state = turn.model_dump(mode="json")
            values = {"line": turn.line, "run": run, "turn": state}
            self._graph.update_state(config, values, as_node="command")


def opened(
    agent: EmotionAgent,
    source: Clip | RecordedRun | None,
    *,
    thread: str | None = None,
    runs: AnyPath | None = None,
    analyze: Callable[..., Verdict] | None = None,
) -> Session:
    """Start a conversation about a clip or a recorded run, or continue one.

    Args:
        agent: The agent that perceives and computes.
        source: A clip, which is analysed first; a recorded run; or None to continue.
        thread: Name under which the conversation is stored.
        runs: Folder for the recorded run and a checkpoint of every turn.
        analyze: Replaces `agent.analyze`, for example to show its progress.

    Raises:
        SettingError: If the thread is unknown, about another clip, or open elsewhere.
        AffectgraphError: If the clip or the run cannot be used.
    """
    if (thread is None) != (runs is None):
        raise SettingError("--thread and --runs go together: a name, and a folder")
    runs = checked_path("runs", runs)
    if source is not None and not isinstance(source, Clip | RecordedRun):
        raise SettingError("source: pass Clip.open(...), Run.load(...) or None")
    if source is None and not (runs and runs.is_dir()):
        raise SettingError(f"{runs}: no folder of conversations; name a clip to begin")
    clip = source if isinstance(source, Clip) else None
    session = Session(agent, clip, runs, thread or "")
    if session.begun:
        if _sha256(source) not in ("", session.run.record.clip.sha256):
            raise SettingError(
                f"thread {thread!r} is about {session.run.record.clip.name}; "
                "use a new name for another clip"
            )
    elif source is None:
        raise SettingError(f"there is no thread {thread!r} yet: name a clip")
    elif isinstance(source, RecordedRun):
        session.begin(source, source.save(runs) if runs else None)
    else:
        session.begin(*_record(source, runs, analyze or agent.analyze))
    return session


def _record(
    clip: Clip, runs: Path | None, analyze: Callable[..., Verdict]
) -> tuple[RecordedRun, Path | None]:
    """Analyse a clip; the recorded run, and its file if it is stored."""
    recorder = Recorder(runs)
    analyze(clip, record=recorder)
    if recorder.run is None:
        raise AffectgraphError("the run was not recorded")
    return recorder.run, recorder.file


def _sha256(source: Clip | RecordedRun | None) -> str:
    if isinstance(source, RecordedRun):
        return source.record.clip.sha256
    return "" if source is None else source.sha256


def _thread_config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": f"chat {thread}"}}


def _acquire_lock(runs: Path | None, thread: str) -> FileLock | None:
    """Lock a conversation; the lock of a killed process is free."""
    if runs is None:
        return None
    name = hashlib.sha256(thread.encode()).hexdigest()[:16]
    lock = FileLock(runs / f"chat-{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SettingError(
            f"thread {thread!r} is open elsewhere; close it there first"
        ) from error
    return lock
