"""Worker processes on this machine; requests and replies are lines of JSON.

`concurrent.futures.ProcessPoolExecutor` does not serve here: one killed worker breaks
the whole executor and fails the tasks of all others, so the clip at fault is unknown;
its workers outlive a parent that is killed; and it sends tasks as pickles.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from signal import Signals
from typing import Any

from pydantic import ValidationError

from affectgraph.agents.batch.tasks import Task, TaskResult, WorkerSettings
from affectgraph.tools.errors import AffectgraphError, WorkerLostError
from affectgraph.tools.io import processors

_COMMAND = [sys.executable, "-m", "affectgraph.agents.batch.worker_process"]
# Numerical libraries read these; without them each would use every processor.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


class ProcessPool:
    """Starts worker processes when they are needed, and again when they die.

    Workers exit when their parent does, however it ends.
    """

    def __init__(self, settings: WorkerSettings, workers: int) -> None:
        self.workers = workers
        self._settings = settings
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker")
        self._idle: deque[Any] = deque()
        self._processes: list[Any] = []
        self._closing = threading.Event()

    def submit(self, task: Task) -> Future[TaskResult]:
        """Give a clip to a worker; see `WorkerPool`."""
        return self._threads.submit(self._run_task, task)

    def close(self) -> None:
        """Stop the workers, whatever they are doing."""
        self._closing.set()
        for process in self._processes:
            process.kill()
            process.wait()
        self._threads.shutdown(cancel_futures=True)

    def _run_task(self, task: Task) -> TaskResult:
        process = self._idle.pop() if self._idle else self._start_process()
        try:
            result = _send(process, task)
        except (OSError, ValidationError):
            raise WorkerLostError(f"the worker died at it ({_kill(process)})") from None
        self._idle.append(process)
        return result

    def _start_process(self) -> Any:
        if self._closing.is_set():
            raise AffectgraphError("the run is over")
        threads = str(self._settings.threads)
        limits = dict.fromkeys(
            (*_THREAD_VARIABLES, processors.THREADS_VARIABLE), threads
        )
        process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **limits},
            start_new_session=True,  # Ctrl-C goes to this process only
        )
        self._processes.append(process)
        try:
            ready = _send(process, self._settings)
        except (OSError, ValidationError):
            raise AffectgraphError(
                f"a worker could not start ({_kill(process)})"
            ) from None
        if ready.fatal_error:
            raise AffectgraphError(ready.fatal_error)
        return process


def _send(process: Any, request: WorkerSettings | Task) -> TaskResult:
    process.stdin.write(request.model_dump_json().encode() + b"\n")
    process.stdin.flush()
    return TaskResult.model_validate_json(process.stdout.readline())


def _kill(process: Any) -> str:
    """Kill a process, and say how it ended: it may have died by itself before."""
    process.kill()
    code = process.wait()
    return f"exit code {code}" if code >= 0 else f"by {Signals(-code).name}"
