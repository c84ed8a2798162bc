"""A sense has so much time; one that takes longer is left behind, and told to stop."""

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

# Calls of one sense that may be left behind, each holding a thread and its clip.
_MOST_LEFT = 4

# Seconds that calls which were told to stop may hold up the end of the program.
_GRACE = 5.0

_this_thread = threading.local()
_running: set["_Call"] = set()
_forked_at_work = threading.Event()


class Timeout:
    """Runs the calls of one sense, each in a thread of its own.

    Python cannot end a thread. A call that takes too long is left behind, and ends at
    its next `checkpoint`; others begin beside it meanwhile. A sense that hangs for ever
    costs a few threads, not one for every clip.
    """

    def __init__(self) -> None:
        self._left: list[_Call] = []

    def run(self, work: Callable[[], T], seconds: float) -> T:
        """What the work returns, or the error that it raises.

        Raises:
            ForkedProcessError: If senses were at work when this process was forked.
            SlowSenseError: If it takes longer, or too many earlier calls still run.
            BrokenSenseError: If it tries to end the program.
        """
        check_fork()
        self._left = [call for call in self._left if call.thread.is_alive()]
        if len(self._left) >= _MOST_LEFT:
            raise SlowSenseError(
                f"still busy with {len(self._left)} earlier looks that took too long"
            )
        call = _Call(work)
        call.thread.start()
        call.thread.join(seconds)
        if not call.done.done():
            call.stopped = True
            self._left.append(call)
            raise SlowSenseError(f"no answer within {seconds:g} s")
        result: T = call.done.result()
        return result


def check_fork() -> None:
    """Refuse to work where locks that no thread holds any more would hang.

    Raises:
        ForkedProcessError: If senses were at work when this process was forked.
    """
    if _forked_at_work.is_set():
        raise ForkedProcessError(
            "this process was forked while a clip was analysed, so it would hang; use "
            "the start method spawn, or fork when no analysis runs"
        )


def checkpoint() -> None:
    """End the call that this thread is at, if nobody waits for it any more.

    Called wherever senses come by often: before a network runs, at every packet.

    Raises:
        SlowSenseError: If its time is over.
    """
    call = getattr(_this_thread, "call", None)
    if call is not None and call.stopped:
        raise SlowSenseError("stopped, for it took too long")


class _Call:
    """One call, and what came of it.

    Attributes:
        stopped: Nobody waits for it any more.
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
    """Let no call come back from a network when Python has ended: that aborts."""
    calls = _running.copy()  # at once, and so are `add` and `discard`
    for call in calls:
        call.stopped = True
    end = time.monotonic() + _GRACE
    for call in calls:
        call.thread.join(max(0.0, end - time.monotonic()))


def _in_child() -> None:
    """Libraries' locks that other threads held in the parent stay locked here."""
    me = threading.get_ident()
    if any(call.thread.ident != me for call in _running):
        _forked_at_work.set()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
