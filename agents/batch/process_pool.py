"""Workers on this machine: a process each, asked and answering in lines of JSON."""

import os
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from signal import Signals
from typing import Any

from pydantic import ValidationError

from affectgraph.agents.batch.tasks import Outcome, Recipe, Task
from affectgraph.tools.errors import AffectgraphError, WorkerLostError
from affectgraph.tools.io import processors

_COMMAND = [sys.executable, "-m", "affectgraph.agents.batch.worker_process"]
# Libraries that would each take every processor read one of these.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class Pool:
    """So many processes, begun when they are needed, and again when they die.

    They end with this process, however it ends: nobody works on for nobody.

    Attributes:
        workers: How many.
    """

    def __init__(self, recipe: Recipe, workers: int) -> None:
        self.workers = workers
        self._recipe = recipe
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker")
        self._free: deque[Any] = deque()
        self._begun: list[Any] = []
        self._closing = threading.Event()

    def begin(self, task: Task) -> Future[Outcome]:
        """Give a worker a clip; see `Work`."""
        return self._threads.submit(self._ask, task)

    def close(self) -> None:
        """Let the workers go, whatever they are at."""
        self._closing.set()
        for process in self._begun:
            process.kill()
            process.wait()
        self._threads.shutdown(cancel_futures=True)

    def _ask(self, task: Task) -> Outcome:
        process = self._free.pop() if self._free else self._started()
        try:
            outcome = _told(process, task)
        except (OSError, ValidationError):
            process.kill()
            how = _ending(process.wait())
            raise WorkerLostError(f"the worker died at it ({how})") from None
        self._free.append(process)
        return outcome

    def _started(self) -> Any:
        if self._closing.is_set():
            raise AffectgraphError("the run is over")
        threads = str(self._recipe.threads)
        limits = dict.fromkeys((*_THREADS, processors.THREADS_VARIABLE), threads)
        process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **limits},
            start_new_session=True,  # Ctrl-C is for this process to hear
        )
        self._begun.append(process)
        try:
            hello = _told(process, self._recipe)
        except (OSError, ValidationError):
            process.kill()
            how = _ending(process.wait())
            raise AffectgraphError(f"a worker could not begin ({how})") from None
        if hello.trouble:
            raise AffectgraphError(hello.trouble)
        return process


def _told(process: Any, question: Recipe | Task) -> Outcome:
    process.stdin.write(question.model_dump_json().encode() + b"\n")
    process.stdin.flush()
    return Outcome.model_validate_json(process.stdout.readline())


def _ending(code: int) -> str:
    """How a process ended, from its exit code."""
    return f"exit code {code}" if code >= 0 else f"by {Signals(-code).name}"
