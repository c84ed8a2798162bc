"""Waiting for a sense, but not for ever."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from affectgraph.tools.errors import BrokenSenseError, SlowSenseError

T = TypeVar("T")


class CallTimeout:
    """Runs the calls of one sense, each in a thread of its own.

    Python cannot end a thread. A call that takes too long is left behind, and no other
    call begins before it has ended: a sense that hangs costs one thread, not one for
    every clip.
    """

    def __init__(self) -> None:
        self._left_behind: list[Thread] = []

    def call(self, work: Callable[[], T], seconds: float) -> T:
        """What the work returns, or the error that it raises.

        Raises:
            SlowSenseError: If it takes longer, or an earlier call still runs.
            BrokenSenseError: If it tries to end the program.
        """
        if any(thread.is_alive() for thread in self._left_behind):
            raise SlowSenseError("still busy with an earlier look that took too long")
        done: Future[T] = Future()
        thread = Thread(target=_run, args=(work, done), daemon=True)
        thread.start()
        thread.join(seconds)
        if not done.done():
            self._left_behind = [thread]
            raise SlowSenseError(f"no answer within {seconds:g} s")
        return done.result()


def _run(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except Exception as error:
        done.set_exception(error)
    except BaseException as error:  # a sense must not end the program
        ending = type(error).__name__
        done.set_exception(BrokenSenseError(f"tried to end the program ({ending})"))
