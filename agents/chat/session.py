"""A session: one conversation, kept as it goes."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout
from langchain_core.runnables import RunnableConfig

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat import completion
from affectgraph.agents.chat.context import Talk
from affectgraph.agents.chat.conversation import State, builder
from affectgraph.agents.chat.messages import Turn
from affectgraph.agents.chat.parsing import normalized
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun, Recorder
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path


class Session:
    """A conversation about a clip. Made by `opened`, or begun with a recorded run.

    Examples:
        >>> agent = EmotionAgent(llm=None)
        >>> session = opened(agent, Clip.open(text="I am so happy that you came!"))
        >>> session.turn.label, str(session.say("why not sad?").answer.lines[0])
        ('happy', 'Sad does not lead: probability 0.01, happy 0.95.')
    """

    def __init__(
        self, agent: EmotionAgent, clip: Clip | None, runs: AnyPath | None, thread: str
    ) -> None:
        """Give it a run by `begin`; `opened` does that.

        Args:
            agent: Who computes.
            clip: For closer looks, where it is at hand.
            runs: Folder that keeps it; None if nothing is kept.
            thread: Name of the conversation in that folder.
        """
        self._agent = agent
        self._clip = clip
        runs = checked_path("runs", runs)
        self._runs = runs
        self._graph = builder.compile(checkpointer=open_saver(runs))
        self._config = _config(thread)
        self._outcomes: dict[str, WhatIf] = {}
        self._lock = _locked(runs, thread)
        known = self._graph.get_state(self._config).values
        self._run: RecordedRun | None = None
        self._turn: Turn | None = None
        if known and runs is not None:
            self._run = RecordedRun.load(runs / known["run"])
            self._turn = Turn.model_validate(known["turn"])

    @property
    def begun(self) -> bool:
        """There is something to go on with."""
        return self._run is not None

    @property
    def run(self) -> RecordedRun:
        """The recorded run that it is about."""
        if self._run is None:
            raise SettingError("the conversation has not begun: name a clip")
        return self._run

    @property
    def turn(self) -> Turn:
        """The last turn."""
        if self._turn is None:
            raise SettingError("the conversation has not begun: name a clip")
        return self._turn

    @property
    def verdict(self) -> Verdict:
        """What the run comes to, as it is changed now."""
        return self._talk().verdict

    def begin(self, run: RecordedRun, file: Path | None) -> Turn:
        """Begin with a recorded run; its verdict is the first turn."""
        self._run = run
        return self._turned({"line": "", "run": file.name if file else ""})

    def say(self, line: str) -> Turn:
        """Answer a question or obey a command; kept when this returns.

        What is wrong with the line is the answer to it.
        """
        return self._turned({"line": normalized(line) or "/help"})

    def completions(self, line: str) -> list[str]:
        """What the last word of an unfinished line may become."""
        return completion.completions(self._talk(), line)

    def history(self) -> list[Turn]:
        """Every turn so far, oldest first."""
        states = [*self._graph.get_state_history(self._config)]
        ended = [s.values["turn"] for s in states if not s.next and "turn" in s.values]
        turns = {told["step"]: Turn.model_validate(told) for told in ended}
        return [turns[step] for step in sorted(turns)]

    def close(self) -> None:
        """Let another process go on with it."""
        if self._lock is not None:
            self._lock.release()

    def _turned(self, given: State) -> Turn:
        state = self._graph.invoke(
            given, self._config, context=self._talk(), durability="sync"
        )
        self._turn = Turn.model_validate(state["turn"])
        return self._turn

    def _talk(self) -> Talk:
        return Talk(
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
            raise SettingError("a fork has to be kept: begin with --thread and --runs")
        config = _config(name)
        if self._graph.get_state(config).values:
            raise SettingError(f"thread {name!r} is there already; choose another name")
        run = self._graph.get_state(self._config).values["run"]
        for turn in self.history():
            told = turn.model_dump(mode="json")
            values = {"line": turn.line, "run": run, "turn": told}
            config = _config(name)
            self._graph.update_state(config, values, as_node="command")


def opened(
    agent: EmotionAgent,
    source: Clip | RecordedRun | None,
    *,
    thread: str | None = None,
    runs: AnyPath | None = None,
    analyze: Callable[..., Verdict] | None = None,
) -> Session:
    """Begin a conversation about a clip or a recorded run, or go on with one.

    Args:
        agent: Who perceives and computes.
        source: A clip, which is analysed first; a recorded run; or None to go on.
        thread: Name of the conversation, if it is to be kept.
        runs: Folder that keeps it: the recorded run and a checkpoint for every turn.
        analyze: In place of the agent's own, to watch it.

    Raises:
        SettingError: If the thread is not there, is about another clip, or is open.
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
    sha256 = _sha256(source)
    if session.begun:
        if sha256 not in ("", session.run.record.clip.sha256):
            raise SettingError(
                f"thread {thread!r} is about {session.run.record.clip.name}; "
                "use a new name for another clip"
            )
        return session
    if source is None:
        raise SettingError(f"there is no thread {thread!r} yet: name a clip")
    if isinstance(source, RecordedRun):
        session.begin(source, source.save(runs) if runs else None)
        return session
    recorder = Recorder(runs)
    (analyze or agent.analyze)(source, record=recorder)
    if recorder.run is None:
        raise AffectgraphError("the run was not recorded")
    session.begin(recorder.run, recorder.file)
    return session


def _sha256(source: Clip | RecordedRun | None) -> str:
    if isinstance(source, RecordedRun):
        return source.record.clip.sha256
    return "" if source is None else source.sha256


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": f"chat {thread}"}}


def _locked(runs: Path | None, thread: str) -> FileLock | None:
    """One process a conversation; the lock of one that was killed is free."""
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
