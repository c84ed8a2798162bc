"""One run over many clips: each is analysed once, and written as it ends."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from affectgraph.agents.batch.ledger import Ledger, Line
from affectgraph.agents.batch.remaining_time import Estimate
from affectgraph.agents.batch.sources import Source
from affectgraph.agents.batch.tasks import Outcome, Recipe, Task, Work, digest
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipError,
    WorkerLostError,
    one_line,
)
from affectgraph.tools.io.reading import open_regular
from affectgraph.tools.io.sanitize import sanitize_text

T = TypeVar("T")


class Run:
    """Goes through clips; what the ledger holds already is passed over.

    Two clips of the same content, asked the same, are analysed once. One that fails
    gives its error; so does one at which two workers died.

    Attributes:
        estimate: How far it is.
    """

    def __init__(
        self, sources: Sequence[Source], recipe: Recipe, work: Work, ledger: Ledger
    ) -> None:
        self.estimate = Estimate(len(sources), work.workers)
        self._sources = sources
        self._settings = digest(recipe.settings)
        self._work = work
        self._ledger = ledger
        self._names: dict[str, list[Source]] = {}
        self._lost: set[str] = set()

    def lines(self) -> Iterator[Line]:
        """Every new line, as soon as it is in the ledger.

        Raises:
            AffectgraphError: If something is wrong with more than one clip.
        """
        looked = _ahead(self._looked())
        begun: dict[Future[Outcome], Task] = {}
        while True:
            while len(begun) < self._work.workers and (found := next(looked, None)):
                if isinstance(found, Task) and self._is_new(found):
                    begun[self._begin(found)] = found
                else:
                    yield from self._without_work(found)
            if not begun:
                return
            for future in wait(begun, return_when=FIRST_COMPLETED).done:
                task = begun.pop(future)
                outcome = self._outcome(task, future)
                if outcome is None:
                    begun[self._work.begin(task)] = task
                else:
                    yield from self._finished(task, outcome)

    def _looked(self) -> Iterator[Task | Line]:
        """Look at every clip: a task, or what is wrong with it."""
        for source in self._sources:
            try:
                clip = source.open()
            except Exception as error:  # whatever it is, it must not cost other clips
                content = _file_hash(source.path)
                key = self._key(content, source)
                yield Line(
                    source=source.name, key=key, clip=content, error=one_line(error)
                )
                continue
            seconds, key = clip.span.seconds, self._key(clip.sha256, source)
            self.estimate.seen(seconds)
            yield Task(key=key, clip=clip.sha256, seconds=seconds, source=source)
        self.estimate.all_seen()

    def _key(self, clip: str, source: Source) -> str:
        turns = [turn.model_dump() for turn in source.turns or ()]
        return digest([clip, source.language, turns, self._settings])

    def _is_new(self, task: Task) -> bool:
        return (
            task.key not in self._names
            and not self._ledger.has(task.key, task.source.name)
            and self._ledger.verdict(task.key) is None
        )

    def _begin(self, task: Task) -> Future[Outcome]:
        self._names[task.key] = [task.source]
        self.estimate.begin()
        return self._work.begin(task)

    def _without_work(self, found: Task | Line) -> Iterator[Line]:
        """What nobody has to compute: failed at once, known, or being computed."""
        if isinstance(found, Line):
            known = self._ledger.has(found.key, found.source)
            self.estimate.unusable(known=known)
            if not known:
                yield self._added(found)
            return
        name = found.source.name
        failed = self._ledger.failed(found.key, name)
        self.estimate.same(found.seconds, failed=failed)
        if found.key in self._names:
            self._names[found.key].append(found.source)
        elif not self._ledger.has(found.key, name):
            same = self._ledger.verdict(found.key)
            if same is not None:
                yield self._added(_renamed(same, found.source))

    def _outcome(self, task: Task, future: Future[Outcome]) -> Outcome | None:
        """What came of a task; None to try it once more."""
        try:
            return future.result()
        except WorkerLostError as error:
            if task.key in self._lost:
                return Outcome(error=f"{task.source.name}: {error}, twice", warm=False)
            self._lost.add(task.key)
            return None

    def _finished(self, task: Task, outcome: Outcome) -> Iterator[Line]:
        if outcome.trouble:
            raise AffectgraphError(outcome.trouble)
        self.estimate.finished(
            task.seconds,
            outcome.cpu_seconds,
            tells=outcome.warm and not outcome.error,
            failed=bool(outcome.error),
        )
        first = Line(
            source=task.source.name,
            key=task.key,
            clip=task.clip,
            seconds=task.seconds,
            cpu_seconds=outcome.cpu_seconds,
            error=outcome.error,
            verdict=outcome.verdict,
        )
        yield self._added(first)
        for source in self._names.pop(task.key)[1:]:
            yield self._added(_renamed(first, source))

    def _added(self, line: Line) -> Line:
        self._ledger.add(line)
        return line


def _renamed(line: Line, source: Source) -> Line:
    """What came of a clip, for the same clip under another name."""
    verdict = line.verdict
    if verdict is not None and source.path is not None:
        clip = {**verdict["clip"], "name": sanitize_text(source.path.name)}
        verdict = {**verdict, "clip": clip}
    update = {"source": source.name, "verdict": verdict, "cpu_seconds": 0.0}
    return line.model_copy(update=update)


def _file_hash(path: Path | None) -> str:
    """SHA-256 of a file; empty if it cannot be read."""
    try:
        if path is None:
            return ""
        with open_regular(path, ClipError, max_bytes=None) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (ClipError, OSError):
        return ""


def _ahead(things: Iterator[T]) -> Iterator[T]:
    """The same things, each made as early as it can be, by another thread."""
    made: SimpleQueue[T | BaseException | None] = SimpleQueue()

    def make() -> None:
        try:
            for thing in things:
                made.put(thing)
            made.put(None)
        except BaseException as error:
            made.put(error)

    threading.Thread(target=make, daemon=True).start()
    while (thing := made.get()) is not None:
        if isinstance(thing, BaseException):
            raise thing
        yield thing
