"""The process of one worker: a recipe comes in, then tasks; for each an outcome out."""

import os
import sys
import threading
from queue import SimpleQueue
from typing import IO

from affectgraph.agents.batch.tasks import Outcome, Recipe, Task, Worker
from affectgraph.tools.errors import AffectgraphError, one_line
from affectgraph.tools.io import malloc, terminal


def main() -> None:
    """Answer line by line, until nobody asks any more."""
    malloc.limit_arenas()
    terminal.escape_standard_streams()
    asked: SimpleQueue[bytes] = SimpleQueue()
    # What libraries print must not pass for an outcome.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    try:
        worker = Worker(Recipe.model_validate_json(asked.get()))
    except AffectgraphError as error:
        _reply(replies, Outcome(trouble=one_line(error)))
        return
    _reply(replies, Outcome())
    while True:
        _reply(replies, worker.answer(Task.model_validate_json(asked.get())))


def _listen(asked: "SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        asked.put(line)
    os._exit(0)  # whoever asked is gone, and with it the use of what is being done


def _reply(replies: IO[bytes], outcome: Outcome) -> None:
    replies.write(outcome.model_dump_json().encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
