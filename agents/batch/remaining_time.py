"""How long a run will still take, from what its finished clips have cost."""

import threading
import time
from collections.abc import Callable

_FEWEST = 5


class BatchProgress:
    """Counts what there is to do and what was done; threads may share one.

    A clip costs so many CPU seconds, and so many more a second of it: both are fitted
    to the clips that were finished by workers whose models were loaded.

    Attributes:
        total: Clips that were named.
        known: Of these, done before, or the same as another.
        done: Done now.
        failed: Of all these, clips with an error.
        cpu_seconds: Of all workers.
    """

    def __init__(
        self,
        total: int,
        workers: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to count.

        Args:
            total: Clips that were named.
            workers: Fewer than two finished clips a worker tell nothing.
            clock: Tells seconds.
        """
        self.total = total
        self.known = self.done = self.failed = 0
        self.cpu_seconds = 0.0
        self._fewest = max(_FEWEST, 2 * workers)
        self._clock = clock
        self._begun: float | None = None
        self._all_seen = False
        self._left, self._left_seconds = 0, 0.0
        # Count, durations, costs, and sums of products, of clips that tell something.
        self._n, self._s, self._c, self._ss, self._sc = 0, 0.0, 0.0, 0.0, 0.0
        self._guard = threading.Lock()

    def seen(self, seconds: float) -> None:
        """A clip was looked at: it has that duration."""
        with self._guard:
            self._left += 1
            self._left_seconds += seconds

    def all_seen(self) -> None:
        """There are no more."""
        self._all_seen = True

    def begin(self) -> None:
        """A worker was given a clip; the time counts from the first."""
        self._begun = self._begun or self._clock()

    def same(self, seconds: float, *, failed: bool) -> None:
        """A clip that was seen needs no worker: what comes of it is known."""
        with self._guard:
            self.known += 1
            self.failed += failed
            self._left -= 1
            self._left_seconds -= seconds

    def unusable(self, *, known: bool) -> None:
        """A clip could not even be looked at, now or `known` from before."""
        with self._guard:
            self.failed += 1
            self.known += known
            self.done += not known

    def finished(
        self, seconds: float, cpu_seconds: float, *, tells: bool, failed: bool
    ) -> None:
        """A worker is done with a clip that was seen.

        Args:
            seconds: Its duration.
            cpu_seconds: What it cost.
            tells: Others like it will cost as much: nothing was loaded, nothing failed.
            failed: It has an error.
        """
        with self._guard:
            self.done += 1
            self.failed += failed
            self.cpu_seconds += cpu_seconds
            self._left -= 1
            self._left_seconds -= seconds
            if tells:
                self._n += 1
                self._s += seconds
                self._c += cpu_seconds
                self._ss += seconds * seconds
                self._sc += seconds * cpu_seconds

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at the pace so far; None while nobody can tell.

        That is, before every clip was looked at and a few were finished.
        """
        with self._guard:
            if not self._all_seen or self._n < self._fewest or self._begun is None:
                return None
            each, a_second = self._costs()
            left = each * self._left + a_second * max(self._left_seconds, 0.0)
            pace = self.cpu_seconds / max(self._clock() - self._begun, 1e-9)
            return left / pace if pace > 0.0 else None

    def _costs(self) -> tuple[float, float]:
        """CPU seconds a clip, and a second of it; neither is below zero."""
        n, s, c = self._n, self._s, self._c
        spread = self._ss - s * s / n
        a_second = (self._sc - s * c / n) / spread if spread > 1e-6 * self._ss else 0.0
        a_second = max(a_second, 0.0)
        each = (c - a_second * s) / n
        return (each, a_second) if each >= 0.0 else (0.0, c / s)
