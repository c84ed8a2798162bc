"""One run over many clips: each is analysed once, and stored when it is finished."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from affectgraph.agents.batch.ledger import Ledger, LedgerLine
from affectgraph.agents.batch.progress import BatchProgress
from affectgraph.agents.batch.sources import ClipSource
from affectgraph.agents.batch.tasks import (
    Task,
    TaskResult,
    WorkerPool,
    WorkerSettings,
    json_sha256,
)
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipError,
    WorkerLostError,
    one_line,
)
from affectgraph.tools.io.reading import open_regular
from affectgraph.tools.sanitize import sanitize_text

T = TypeVar("T")


class BatchRun:
    """Analyses clips; those with a result in the ledger are skipped.

    Two clips with the same content and settings are analysed once. A clip that fails
    gives its error; so does a clip at which two workers died.
    """

    def __init__(
        self,
        sources: Sequence[ClipSource],
        settings: WorkerSettings,
        pool: WorkerPool,
        ledger: Ledger,
    ) -> None:
        self.progress = BatchProgress(len(sources))
        self._sources = sources
        self._fingerprint = settings.fingerprint()
        self._pool = pool
        self._ledger = ledger
        self._sources_by_key: dict[str, list[ClipSource]] = {}
        self._lost: set[str] = set()

    def lines(self) -> Iterator[LedgerLine]:
        """Yield every new line, as soon as it is in the ledger."""
        opened = _prefetch(self._open_clips())
        running: dict[Future[TaskResult], Task] = {}
        while True:
            while len(running) < self._pool.workers and (clip := next(opened, None)):
                if isinstance(clip, Task) and self._is_new(clip):
                    running[self._submit(clip)] = clip
                else:
                    yield from self._without_worker(clip)
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                result = self._result(task, future)
                if result is None:
                    running[self._pool.submit(task)] = task
                else:
                    yield from self._finish(task, result)

    def _open_clips(self) -> Iterator[Task | LedgerLine]:
        """Open every clip: yield a task, or a line that says what is wrong with it."""
        for source in self._sources:
            try:
                clip = source.open()
            except Exception as error:  # one clip must not end the run
                content = _file_hash(source.path)
                key = self._key(content, source)
                yield LedgerLine(
                    source=source.name, key=key, clip=content, error=one_line(error)
                )
                continue
            seconds, key = clip.span.seconds, self._key(clip.sha256, source)
            self.progress.add_opened(seconds)
            yield Task(key=key, clip=clip.sha256, seconds=seconds, source=source)
        self.progress.all_opened = True

    def _key(self, clip: str, source: ClipSource) -> str:
        turns = [turn.model_dump() for turn in source.turns or ()]
        return json_sha256([clip, source.language, turns, self._fingerprint])

    def _is_new(self, task: Task) -> bool:
        return (
            task.key not in self._sources_by_key
            and not self._ledger.has(task.key, task.source.name)
            and self._ledger.verdict(task.key) is None
        )

    def _submit(self, task: Task) -> Future[TaskResult]:
        self._sources_by_key[task.key] = [task.source]
        return self._pool.submit(task)

    def _without_worker(self, clip: Task | LedgerLine) -> Iterator[LedgerLine]:
        """Handle a clip that failed to open, is known, or is being analysed."""
        if isinstance(clip, LedgerLine):
            known = self._ledger.has(clip.key, clip.source)
            self.progress.add_unreadable(known=known)
            if not known:
                yield self._store(clip)
            return
        name = clip.source.name
        failed = self._ledger.failed(clip.key, name)
        self.progress.add_known(clip.seconds, failed=failed)
        if clip.key in self._sources_by_key:
            self._sources_by_key[clip.key].append(clip.source)
        elif not self._ledger.has(clip.key, name):
            line = self._ledger.verdict(clip.key)
            if line is not None:
                yield self._store(_renamed(line, clip.source))

    def _result(self, task: Task, future: Future[TaskResult]) -> TaskResult | None:
        """Return the result of a task; None to try it once more."""
        try:
            return future.result()
        except WorkerLostError as error:
            if task.key in self._lost:
                message = f"{task.source.name}: {error}, twice"
                return TaskResult(error=message)
            self._lost.add(task.key)
            return None

    def _finish(self, task: Task, result: TaskResult) -> Iterator[LedgerLine]:
        """Store the result of a task for every source of the same clip."""
        if result.fatal_error:
            raise AffectgraphError(result.fatal_error)
        self.progress.add_finished(
            task.seconds, result.cpu_seconds, failed=bool(result.error)
        )
        line = LedgerLine(
            source=task.source.name,
            key=task.key,
            clip=task.clip,
            seconds=task.seconds,
            cpu_seconds=result.cpu_seconds,
            error=result.error,
            verdict=result.verdict,
        )
        yield self._store(line)
        for source in self._sources_by_key.pop(task.key)[1:]:
            yield self._store(_renamed(line, source))

    def _store(self, line: LedgerLine) -> LedgerLine:
        self._ledger.add(line)
        return line


def _renamed(line: LedgerLine, source: ClipSource) -> LedgerLine:
    """Copy the result of a clip for the same clip with another name."""
    verdict = line.verdict
    if verdict is not None and source.path is not None:
        names = {"name": sanitize_text(source.path.name), "path": source.name}
        clip = {**verdict["clip"], **names}
        verdict = {**verdict, "clip": clip}
    update = {"source": source.name, "verdict": verdict, "cpu_seconds": 0.0}
    return line.model_copy(update=update)


def _file_hash(path: Path | None) -> str:
    """Return the SHA-256 of a file; empty if it cannot be read."""
    try:
        if path is None:
            return ""
        with open_regular(path, ClipError, max_bytes=None) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (ClipError, OSError):
        return ""


def _prefetch(items: Iterator[T]) -> Iterator[T]:
    """Yield the same items; a thread produces them as early as it can."""
    queue: SimpleQueue[T | BaseException | None] = SimpleQueue()

    def produce() -> None:
        try:
            for item in items:
                queue.put(item)
            queue.put(None)
        except BaseException as error:
            queue.put(error)

    threading.Thread(target=produce, daemon=True).start()
    while (item := queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
