"""Visits: the clip of one browser page, its verdict, and the conversation about it."""

import secrets
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.chat import ChatTurn, Session, parse_line
from affectgraph.agents.demo import demo_clip
from affectgraph.agents.report import write
from affectgraph.agents.runs import Event
from affectgraph.agents.web.clip_view import ClipView, create_clip_view
from affectgraph.agents.web.steps import PREPARING, Step, StepCounter
from affectgraph.agents.web.uploads import Uploads
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.clip.language import AUTO
from affectgraph.tools.errors import SettingError

# Commands that write no file on the machine of the server.
_ALLOWED_COMMANDS = {
    *("/evidence", "/why", "/without", "/only", "/back", "/look", "/set", "/cases"),
    *("/case", "/compare", "/rewind", "/graph", "/trace", "/correct", "/help"),
}
_REPLACEMENTS = {
    "/save": "use the report below the clip",
    "/fork": "a conversation here ends with the page",
}


class Visit:
    """State of one browser page; `close` deletes all of it.

    Attributes:
        key: Secret part of the URLs of its files.
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
        """Create a visit and its own folder."""
        self.key = key
        self.remembers = remembers
        self._agent = agent
        self._folder = folder
        self._uploads = uploads
        self._limits = limits
        self._upload: Path | None = None
        self._session: Session | None = None
        self._clip: Clip | None = None
        self._clip_view: ClipView | None = None
        folder.mkdir(mode=0o700)

    def take(self, upload: Path) -> str:
        """Move an upload into the folder of this visit, and return its name.

        Raises:
            ClipNotFoundError: If it is not an upload, or its file is gone.
        """
        clips = self._folder / "clips"
        clips.mkdir(exist_ok=True)
        self._upload = self._uploads.take(upload, clips)
        return self._upload.name

    def analyze(
        self,
        words: str = "",
        language: str = AUTO,
        people: int | None = None,
        *,
        demo: bool = False,
    ) -> Iterator[Step]:
        """Analyse the upload or the words; sets `session` and `clip_view` at the end.

        Args:
            words: Words of the upload, or a text alone.
            language: Of the words, given or spoken; `auto` detects it.
            people: How many people speak; see `EmotionAgent.analyze`.
            demo: Analyse the clip of `affectgraph demo` instead.

        Yields:
            The steps.
        """
        if self._upload is None and not words.strip() and not demo:
            raise SettingError("nothing to analyze: choose a file, record, or type")
        clip = demo_clip() if demo else self._open_clip(words.strip(), language)
        clip.hides_path = True
        yield PREPARING
        clip_view = create_clip_view(clip, self._folder)
        recorder = Recorder(None)
        counter = StepCounter()
        for step in self._agent.stream(clip, people=people, record=recorder):
            if isinstance(step, Event):
                yield counter.step(step)
        if recorder.run is None:
            raise SettingError("the run ended without a verdict")
        session = Session(self._agent, clip, None, "")
        session.begin(recorder.run, None)
        self._session, self._clip_view, self._clip = session, clip_view, clip

    @property
    def session(self) -> Session:
        """The conversation about the verdict."""
        if self._session is None:
            raise SettingError("there is no verdict yet: analyze a clip first")
        return self._session

    @property
    def clip_view(self) -> ClipView:
        """What the browser shows of the clip."""
        if self._clip_view is None:
            raise SettingError("there is no clip yet: choose one first")
        return self._clip_view

    @property
    def verdict(self) -> Verdict:
        """The verdict with the current edits."""
        return self.session.verdict

    @property
    def senses(self) -> tuple[list[str], list[str]]:
        """Senses with evidence in the recorded run, and those that are not left out."""
        statuses = self.session.run.record.verdict.modalities.items()
        recorded = [name for name, status in statuses if status.state == "present"]
        edits = self.session.turn.edits
        only = edits.only or recorded
        active = [n for n in recorded if n in only and n not in edits.without]
        return recorded, active

    def say(self, line: str) -> ChatTurn:
        """Ask a question or run a command."""
        command, _ = parse_line(line)
        if command in _REPLACEMENTS:
            raise SettingError(
                f"{command} is for the terminal: {_REPLACEMENTS[command]}"
            )
        if command and command not in _ALLOWED_COMMANDS:
            raise SettingError(f"there is no {command} here; /help lists what there is")
        if command == "/correct" and not self.remembers:
            raise SettingError(
                "no memory to correct: start affectgraph web with --memory PLACE"
            )
        return self.session.say(line)

    def switch(self, senses: list[str]) -> None:
        """Leave senses out or take them back, so that exactly these are active."""
        recorded, active = self.senses
        added = [n for n in recorded if n in senses and n not in active]
        removed = [name for name in active if name not in senses]
        for command, names in (("/back", added), ("/without", removed)):
            if names:
                turn = self.say(" ".join([command, *names]))
                if turn.answer.problem:
                    raise SettingError(turn.answer.lines[0].text)

    def report(self) -> Path:
        """Write a self-contained report of the current verdict, and return its file."""
        folder = write(self.verdict, self._folder / "report", self._clip)
        return folder / "report.html"

    def close(self) -> None:
        """Delete all files, and end the conversation."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._session is not None:
            self._session.close()

    def _open_clip(self, words: str, language: str) -> Clip:
        return Clip.open(
            self._upload, text=words or None, language=language, limits=self._limits
        )


class Visits:
    """Visits by the id that Gradio gives a browser page."""

    def __init__(
        self,
        agent: EmotionAgent,
        folder: Path,
        uploads: Uploads,
        *,
        limits: Limits,
        remembers: bool,
    ) -> None:
        self._agent = agent
        self._folder = folder
        self._uploads = uploads
        self._limits = limits
        self.remembers = remembers
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()

    def of(self, page: str) -> Visit:
        """The visit of a page, created on first use."""
        with self._lock:
            if page not in self._visits:
                key = secrets.token_urlsafe(16)
                self._visits[page] = Visit(
                    self._agent,
                    self._folder / key,
                    key,
                    self._uploads,
                    limits=self._limits,
                    remembers=self.remembers,
                )
            return self._visits[page]

    def by_key(self, key: str) -> Visit | None:
        """The visit whose file URLs contain this key."""
        with self._lock:
            return next((v for v in self._visits.values() if v.key == key), None)

    def end(self, page: str) -> None:
        """Delete the visit of a closed page."""
        with self._lock:
            visit = self._visits.pop(page, None)
        if visit is not None:
            visit.close()
