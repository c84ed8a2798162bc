"""Progress of a batch, and the time left, estimated from the finished clips."""

import threading
import time
from collections.abc import Callable

_MIN_CLIPS = 5


class BatchProgress:
    """Counts clips and CPU time; threads may share it.

    The time left follows from the CPU cost of a clip, which is linear in its duration:
    cost = a + b * seconds, fitted to the clips of workers whose models were loaded. A
    share of finished clips alone is far off if durations vary.

    Attributes:
        total: Clips of the batch.
        known: Of these, finished by an earlier run, or the same as another clip.
        done: Finished by this run.
        failed: Of all these, clips with an error.
        cpu_seconds: Of all workers.
    """

    def __init__(
        self,
        total: int,
        workers: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start to count.

        Args:
            total: Clips of the batch.
            workers: There is no estimate before two clips per worker have finished.
            clock: Returns seconds.
        """
        self.total = total
        self.known = self.done = self.failed = 0
        self.cpu_seconds = 0.0
        self._min_clips = max(_MIN_CLIPS, 2 * workers)
        self._clock = clock
        self._start: float | None = None
        self._all_opened = False
        self._left, self._left_seconds = 0, 0.0
        # Sums for the fit: clips, durations, costs, squares and products of these.
        self._n, self._s, self._c, self._ss, self._sc = 0, 0.0, 0.0, 0.0, 0.0
        self._lock = threading.Lock()

    def add_opened(self, seconds: float) -> None:
        """Count a clip that was opened, of that duration."""
        with self._lock:
            self._left += 1
            self._left_seconds += seconds

    def set_all_opened(self) -> None:
        """Declare that no more clips follow."""
        self._all_opened = True

    def start(self) -> None:
        """Start the clock when a worker gets a clip; only the first call counts."""
        self._start = self._start or self._clock()

    def add_known(self, seconds: float, *, failed: bool) -> None:
        """Count an opened clip whose result is known without a worker."""
        with self._lock:
            self.known += 1
            self.failed += failed
            self._left -= 1
            self._left_seconds -= seconds

    def add_unreadable(self, *, known: bool) -> None:
        """Count a clip that cannot be opened, now or `known` from an earlier run."""
        with self._lock:
            self.failed += 1
            self.known += known
            self.done += not known

    def add_finished(
        self, seconds: float, cpu_seconds: float, *, typical: bool, failed: bool
    ) -> None:
        """Count an opened clip that a worker has finished.

        Args:
            seconds: Its duration.
            cpu_seconds: Its cost.
            typical: It counts for the estimate: no model was loaded, nothing failed.
            failed: It has an error.
        """
        with self._lock:
            self.done += 1
            self.failed += failed
            self.cpu_seconds += cpu_seconds
            self._left -= 1
            self._left_seconds -= seconds
            if typical:
                self._n += 1
                self._s += seconds
                self._c += cpu_seconds
                self._ss += seconds * seconds
                self._sc += seconds * cpu_seconds

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at the speed so far.

        None before every clip was opened and a few have finished.
        """
        with self._lock:
            if not self._all_opened or self._n < self._min_clips or self._start is None:
                return None
            per_clip, per_second = self._fit_costs()
            cost = per_clip * self._left + per_second * max(self._left_seconds, 0.0)
            speed = self.cpu_seconds / max(self._clock() - self._start, 1e-9)
            return cost / speed if speed > 0.0 else None

    def _fit_costs(self) -> tuple[float, float]:
        """Fit CPU seconds per clip, and per second of it; neither is negative."""
        n, s, c = self._n, self._s, self._c
        spread = self._ss - s * s / n
        slope = (self._sc - s * c / n) / spread if spread > 1e-6 * self._ss else 0.0
        slope = max(slope, 0.0)
        constant = (c - slope * s) / n
        return (constant, slope) if constant >= 0.0 else (0.0, c / s)
