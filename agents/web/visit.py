"""A visit: one browser's clip, its verdict, and what was said about it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat import Session, Turn, parse
from affectgraph.agents.demo import demo_clip
from affectgraph.agents.events import Event
from affectgraph.agents.report import write
from affectgraph.agents.web.clip_view import Stage, staged
from affectgraph.agents.web.uploads import Uploads
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.errors import SettingError

# Commands that read, or change what is computed again; others may write where the page
# runs, and not where it is read.
_COMMANDS = {
    *("/evidence", "/why", "/without", "/only", "/back", "/look", "/set", "/cases"),
    *("/case", "/compare", "/rewind", "/graph", "/trace", "/correct", "/help"),
}
_INSTEAD = {
    "/save": "use the report beneath the clip",
    "/fork": "what is said here ends with the page",
}

_STEPS = {
    "fuse": "The senses are weighed",
    "recall": "Similar cases are recalled",
    "hypothesize": "The language model proposes rivals",
    "verify": "Each is tried to be refuted",
    "explain": "The language model explains",
}


class Visit:
    """What one browser does here. Nothing of it outlives `close`.

    Attributes:
        key: Part of the addresses of its files that nobody else knows.
        remembers: There is a memory for corrections.
    """

    def __init__(
        self,
        agent: EmotionAgent,
        folder: Path,
        key: str,
        uploads: Uploads,
        *,
        limits: Limits,
        remembers: bool,
    ) -> None:
        """Begin one, with a folder that is its own."""
        self.key = key
        self.remembers = remembers
        self._agent = agent
        self._folder = folder
        self._uploads = uploads
        self._limits = limits
        self._given: Path | None = None
        self._session: Session | None = None
        self._clip: Clip | None = None
        self._stage: Stage | None = None
        folder.mkdir(mode=0o700)

    def take(self, upload: Path) -> str:
        """Move an upload into the folder of this visit, and say what it is called.

        Raises:
            ClipNotFoundError: If it is no upload, or it is gone.
        """
        clips = self._folder / "clips"
        clips.mkdir(exist_ok=True)
        self._given = self._uploads.take(upload, clips)
        return self._given.name

    def analyze(self, words: str = "", *, demo: bool = False) -> Iterator[str]:
        """Analyse what was given, step by step; then `session` and `stage` are there.

        Args:
            words: Those of the clip, or all there is.
            demo: Analyse the clip of `affectgraph demo` instead.

        Raises:
            AffectgraphError: If it cannot be analysed.
        """
        if self._given is None and not words.strip() and not demo:
            raise SettingError("nothing to analyze: choose a file, record, or type")
        clip = demo_clip() if demo else self._opened(words.strip() or None)
        yield "Making it ready to play"
        stage = staged(clip, self._folder)
        recorder = Recorder(None)
        for step in self._agent.stream(clip, record=recorder):
            if isinstance(step, Event):
                yield _told(step)
        if recorder.run is None:
            raise SettingError("the run ended without a verdict")
        session = Session(self._agent, clip, None, "")
        session.begin(recorder.run, None)
        self._session, self._stage, self._clip = session, stage, clip

    @property
    def session(self) -> Session:
        """The conversation about the verdict."""
        if self._session is None:
            raise SettingError("there is no verdict yet: analyze a clip first")
        return self._session

    @property
    def stage(self) -> Stage:
        """What to show of the clip."""
        if self._stage is None:
            raise SettingError("there is no clip yet: choose one first")
        return self._stage

    @property
    def verdict(self) -> Verdict:
        """The verdict, as it is changed now."""
        return self.session.verdict

    @property
    def senses(self) -> tuple[list[str], list[str]]:
        """Senses that told anything in the recorded run; and those not left out."""
        recorded = self.session.run.record.verdict.modalities
        edits = self.session.turn.edits
        told = [name for name, sensed in recorded.items() if sensed.state == "present"]
        kept = [n for n in told if n in (edits.only or told) and n not in edits.without]
        return told, kept

    def say(self, line: str) -> Turn:
        """Ask a question or give a command.

        Raises:
            SettingError: If the command is not offered here, or there is no memory.
        """
        command, _ = parse(line)
        if command in _INSTEAD:
            raise SettingError(f"{command} is for the terminal: {_INSTEAD[command]}")
        if command and command not in _COMMANDS:
            raise SettingError(f"there is no {command} here; /help lists what there is")
        if command == "/correct" and not self.remembers:
            raise SettingError(
                "no memory to correct: start affectgraph web with --memory PLACE"
            )
        return self.session.say(line)

    def switch(self, kept: list[str]) -> None:
        """Leave out or take back senses, so that just these are kept."""
        told, before = self.senses
        off = [name for name in before if name not in kept]
        on = [name for name in told if name in kept and name not in before]
        for command, names in (("/back", on), ("/without", off)):
            if names:
                turn = self.say(" ".join([command, *names]))
                if turn.answer.problem:
                    raise SettingError(turn.answer.lines[0].text)

    def report(self) -> Path:
        """The file of a self-contained report of the verdict as it is now."""
        folder = write(self.verdict, self._folder / "report", self._clip)
        return folder / "report.html"

    def close(self) -> None:
        """Delete everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._session is not None:
            self._session.close()

    def _opened(self, words: str | None) -> Clip:
        return Clip.open(self._given, text=words, limits=self._limits)


def _told(step: Event) -> str:
    if "tool" in step.detail:
        done = "has told what it found" if step.event == "done" else "is at work"
        return f"{step.detail['tool']} {done}".capitalize()
    return _STEPS.get(step.node, f"{step.node} {step.event}")
