"""A time limit for senses: a call that exceeds it is abandoned and asked to stop."""

import atexit
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from affectgraph.tools.errors import (
    BrokenSenseError,
    ForkedProcessError,
    SlowSenseError,
)

T = TypeVar("T")

# Abandoned calls of one sense that may still run, each holding a thread and its clip.
_MAX_ABANDONED = 4

# Seconds that abandoned calls may delay the end of the program.
_EXIT_GRACE = 5.0

_this_thread = threading.local()
_running: set["_Call"] = set()
_forked_while_running = threading.Event()


class Timeout:
    """Runs the calls of one sense, each in a thread of its own.

    Python cannot end a thread. A call that takes too long is abandoned and ends at its
    next `checkpoint`; other calls may start meanwhile. A sense that hangs forever costs
    a few threads, not one per clip.
    """

    def __init__(self) -> None:
        self._abandoned: list[_Call] = []

    def run(self, work: Callable[[], T], seconds: float) -> T:
        """Return what the work returns, or raise the error that it raises.

        Raises:
            ForkedProcessError: If senses were at work when this process was forked.
            SlowSenseError: If it takes longer, or too many abandoned calls still run.
            BrokenSenseError: If it tries to end the program.
        """
        check_fork()
        self._abandoned = [call for call in self._abandoned if call.thread.is_alive()]
        if len(self._abandoned) >= _MAX_ABANDONED:
            raise SlowSenseError(
                f"still busy with {len(self._abandoned)} abandoned calls"
            )
        call = _Call(work)
        call.thread.start()
        call.thread.join(seconds)
        if not call.done.done():
            call.stopped = True
            self._abandoned.append(call)
            raise SlowSenseError(f"no answer within {seconds:g} s")
        result: T = call.done.result()
        return result


def check_fork() -> None:
    """Refuse to work where locks held by no living thread would hang.

    Raises:
        ForkedProcessError: If senses were at work when this process was forked.
    """
    if _forked_while_running.is_set():
        raise ForkedProcessError(
            "this process was forked while a clip was analysed, so it would hang; use "
            "the start method spawn, or fork when no analysis runs"
        )


def checkpoint() -> None:
    """End the call that this thread runs, if it was abandoned.

    Called where senses pass often: before a network runs, at every packet.

    Raises:
        SlowSenseError: If the call was abandoned.
    """
    call = getattr(_this_thread, "call", None)
    if call is not None and call.stopped:
        raise SlowSenseError("stopped, for it took too long")


class _Call:
    """One call and its result.

    Attributes:
        stopped: It was abandoned.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self.done: Future[Any] = Future()
        self.stopped = False
        self.thread = threading.Thread(target=self._run, args=(work,), daemon=True)

    def _run(self, work: Callable[[], Any]) -> None:
        _this_thread.call = self
        _running.add(self)
        try:
            self.done.set_result(work())
        except Exception as error:
            self.done.set_exception(error)
        except BaseException as error:  # a sense must not end the program
            ending = type(error).__name__
            self.done.set_exception(
                BrokenSenseError(f"tried to end the program ({ending})")
            )
        finally:
            _running.discard(self)


@atexit.register
def _stop_all() -> None:
    """Stop every call: one that returns after Python has ended would abort."""
    calls = _running.copy()  # at once, and so are `add` and `discard`
    for call in calls:
        call.stopped = True
    end = time.monotonic() + _EXIT_GRACE
    for call in calls:
        call.thread.join(max(0.0, end - time.monotonic()))


def _reset_after_fork() -> None:
    """Locks that other threads held in the parent stay locked in the child."""
    this_thread = threading.get_ident()
    if any(call.thread.ident != this_thread for call in _running):
        _forked_while_running.set()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
