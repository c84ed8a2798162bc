"""Analyses of the service: a bounded queue, their events, and their results.

All of it runs in one event loop, so there are no locks; only the analysis itself runs
in threads, which share the models of the process.
"""

import asyncio
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.runs import Event
from affectgraph.agents.service.schemas import JobState, JobView
from affectgraph.agents.service.settings import ServiceSettings
from affectgraph.agents.service.submission import VerdictSubmission
from affectgraph.graphs.replay.recording import RecordedRun, Recorder
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipError,
    SettingError,
    one_line,
)
from affectgraph.tools.timeout import Timeout

_ENDED = ("done", "failed", "handed_back")
_RETRY_SECONDS = 5
_INTERNAL_ERROR = "the analysis failed; this is an error of affectgraph"
_HANDED_BACK = "the service stopped before this was finished; send it again"


class ServiceBusyError(AffectgraphError):
    """The queue is full; try again after `seconds`."""

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds


class ServiceStoppingError(ServiceBusyError):
    """The service is about to stop."""


class FailedJobError(AffectgraphError):
    """An analysis failed; not because of what the client sent."""


@dataclass
class Job:
    """One analysis.

    Attributes:
        id: Cannot be guessed.
        fingerprint: Hash of what was sent.
        state: Where it is.
        events: Events of the nodes so far.
        run: The recorded run, once it is done.
        error: Why it failed.
        at_fault: Whether the client has to change what it sent.
    """

    fingerprint: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: JobState = "queued"
    events: list[Event] = field(default_factory=list)
    run: RecordedRun | None = None
    error: str = ""
    at_fault: bool = False
    created: float = field(default_factory=time.monotonic)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in _ENDED

    @property
    def view(self) -> JobView:
        """What clients see of it."""
        verdict = self.run.record.verdict if self.run else None
        return JobView(id=self.id, state=self.state, verdict=verdict, error=self.error)

    def add(self, event: Event) -> None:
        """Add an event."""
        self.events.append(event)
        self.notify()

    def finish(self, run: RecordedRun | None) -> None:
        """End it with a result."""
        if not self.ended:
            self.state, self.run = "done", run
            self.notify()

    def fail(self, error: str, *, at_fault: bool) -> None:
        """End it without a result."""
        if not self.ended:
            self.state, self.error, self.at_fault = "failed", error, at_fault
            self.notify()

    def hand_back(self) -> None:
        """End it, if it has not ended: the client has to send it again."""
        if not self.ended:
            self.state, self.error = "handed_back", _HANDED_BACK
            self.notify()

    def notify(self) -> None:
        """Wake those who follow it."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def result(self) -> JobView:
        """Wait until it has ended, and return what came of it.

        Raises:
            SettingError: If the client has to change what it sent.
            FailedJobError: If it failed otherwise.
            ServiceStoppingError: If the service stopped before.
        """
        while not self.ended:
            await self._changed.wait()
        if self.state == "handed_back":
            raise ServiceStoppingError(self.error, _RETRY_SECONDS)
        if self.state == "failed":
            raise (SettingError if self.at_fault else FailedJobError)(self.error)
        return self.view

    async def follow(self, pause: float) -> AsyncIterator[Event | None]:
        """Yield its events, old and new, until it has ended.

        None is yielded where nothing happened for `pause` seconds.
        """
        position = 0
        while True:
            changed = self._changed
            for event in self.events[position:]:
                yield event
            position = len(self.events)
            if self.ended:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), pause)
                continue
            yield None


class JobQueue:
    """Runs jobs, a few at once, and holds the results of the latest.

    Args:
        agent: Analyses the clips.
        settings: Limits of the service.
        observe: Called with the outcome and the seconds of every job.
    """

    def __init__(
        self,
        agent: EmotionAgent,
        settings: ServiceSettings,
        observe: Callable[[JobState, float], None],
    ) -> None:
        self._agent = agent
        self._settings = settings
        self._observe = observe
        self._timeout = Timeout()
        self._workers = asyncio.Semaphore(settings.workers)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._job_of_key: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reserved = 0
        self._mean_seconds = 1.0
        self._stopping = False

    @property
    def running(self) -> int:
        """Number of analyses at work."""
        return sum(job.state == "running" for job in self._jobs.values())

    @property
    def waiting(self) -> int:
        """Number of requests that arrive or wait for a worker."""
        queued = sum(job.state == "queued" for job in self._jobs.values())
        return queued + self._reserved

    @property
    def status(self) -> Literal["ok", "full", "stopping"]:
        """Whether a request would be taken."""
        if self._stopping:
            return "stopping"
        capacity = self._settings.workers + self._settings.waiting
        return "full" if self.running + self.waiting >= capacity else "ok"

    @contextmanager
    def reserve(self) -> Iterator[None]:
        """Reserve a place while a request arrives.

        Raises:
            ServiceBusyError: If the queue is full, or the service stops.
        """
        if self.status == "stopping":
            raise ServiceStoppingError("the service stops; try another", _RETRY_SECONDS)
        if self.status == "full":
            ahead = (self.running + self.waiting) / self._settings.workers
            seconds = max(1, math.ceil(ahead * self._mean_seconds))
            raise ServiceBusyError(f"the queue is full; try in {seconds} s", seconds)
        self._reserved += 1
        try:
            yield
        finally:
            self._reserved -= 1

    def of_key(self, key: str | None) -> Job | None:
        """The job of an earlier request with the same idempotency key."""
        self._forget_old()
        return None if key is None else self._job_of_key.get(key)

    def get(self, job_id: str) -> Job | None:
        """The job with this id, if it is still held."""
        self._forget_old()
        return self._jobs.get(job_id)

    def forget(self, job_id: str) -> None:
        """Drop a result."""
        job = self._jobs.pop(job_id, None)
        self._job_of_key = {k: j for k, j in self._job_of_key.items() if j is not job}

    def submit(self, submission: VerdictSubmission, key: str | None) -> Job:
        """Queue an analysis; the submission is discarded when it ends."""
        job = Job(fingerprint=submission.fingerprint)
        self._jobs[job.id] = job
        if key is not None:
            self._job_of_key[key] = job
        task = asyncio.create_task(self._run(job, submission))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def stop(self) -> None:
        """Take no more requests; hand back what is not finished in time."""
        self._stopping = True
        loop = asyncio.get_running_loop()
        loop.call_later(self._settings.grace_seconds, self.end)

    def end(self) -> None:
        """Hand back all that is not finished, at once."""
        for job in self._jobs.values():
            job.hand_back()

    def _forget_old(self) -> None:
        """Drop the results that are too old or too many."""
        latest = time.monotonic() - self._settings.kept_seconds
        ended = [job for job in self._jobs.values() if job.ended]
        surplus = len(ended) - self._settings.kept
        for number, job in enumerate(ended):
            if number < surplus or job.created < latest:
                self.forget(job.id)

    async def _run(self, job: Job, submission: VerdictSubmission) -> None:
        try:
            async with self._workers:
                if job.ended:  # handed back while it waited
                    return
                job.state = "running"
                job.notify()
                started = time.monotonic()
                await self._analyze(job, submission)
                seconds = time.monotonic() - started
                self._mean_seconds += 0.2 * (seconds - self._mean_seconds)
                self._observe(job.state, seconds)
        finally:
            submission.discard()
            self._forget_old()

    async def _analyze(self, job: Job, submission: VerdictSubmission) -> None:
        """Run the analysis in a thread of its own, which ends with the process."""
        loop = asyncio.get_running_loop()
        recorder = Recorder()
        finished: asyncio.Future[None] = loop.create_future()

        def in_loop(function: Callable[..., Any], *values: Any) -> None:
            with suppress(RuntimeError):  # the service has stopped
                loop.call_soon_threadsafe(function, *values)

        def analyze() -> None:
            fields = submission.fields
            clip = self._agent.open_clip(
                submission.file, text=fields.text, language=fields.language
            )
            clip.hides_path = True
            for part in self._agent.stream(clip, people=fields.people, record=recorder):
                if isinstance(part, Event):
                    in_loop(job.add, part)

        def run() -> None:
            try:
                self._timeout.run(analyze, self._settings.job_seconds)
                in_loop(job.finish, recorder.run)
            except AffectgraphError as error:
                at_fault = isinstance(error, ClipError | SettingError)
                in_loop(partial(job.fail, one_line(error), at_fault=at_fault))
            except Exception:
                in_loop(partial(job.fail, _INTERNAL_ERROR, at_fault=False))
            in_loop(finished.set_result, None)

        threading.Thread(target=run, daemon=True).start()
        await finished
