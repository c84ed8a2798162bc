"""A worker process: it reads its settings, then tasks, and writes a result for each."""

import os
import sys
import threading
from queue import SimpleQueue
from typing import IO

from affectgraph.agents.batch.tasks import Task, TaskResult, Worker, WorkerSettings
from affectgraph.tools.errors import AffectgraphError, one_line
from affectgraph.tools.io import malloc, terminal


def main() -> None:
    """Reply to requests line by line until standard input closes."""
    malloc.limit_arenas()
    terminal.escape_standard_streams()
    requests: SimpleQueue[bytes] = SimpleQueue()
    # Output of libraries goes to standard error, so that it is not read as a result.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()
    try:
        worker = Worker(WorkerSettings.model_validate_json(requests.get()))
    except AffectgraphError as error:
        _reply(replies, TaskResult(fatal_error=one_line(error)))
        return
    _reply(replies, TaskResult())
    while True:
        _reply(replies, worker.run(Task.model_validate_json(requests.get())))


def _read_requests(requests: "SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)  # the parent has exited: stop at once, even in the middle of a clip


def _reply(replies: IO[bytes], result: TaskResult) -> None:
    replies.write(result.model_dump_json().encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
