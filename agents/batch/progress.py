"""Counts of a batch, and how much of its work is done."""

from dataclasses import dataclass

# What a clip costs beside its duration, in seconds of clip.
_CLIP_SECONDS = 5.0


@dataclass
class BatchProgress:
    """How far a batch is.

    One thread opens clips, another one finishes them; each has its own counters.

    Attributes:
        total: Clips of the batch.
        known: Of these, finished by an earlier run, or the same as another clip.
        done: Finished by this run.
        failed: Of all these, clips with an error.
        cpu_seconds: Of all workers.
        all_opened: No more clips follow.
    """

    total: int
    known: int = 0
    done: int = 0
    failed: int = 0
    cpu_seconds: float = 0.0
    all_opened: bool = False
    _opened: float = 0.0
    _skipped: float = 0.0
    _finished: float = 0.0

    def add_opened(self, seconds: float) -> None:
        """Count a clip that was opened, of that duration."""
        self._opened += _CLIP_SECONDS + seconds

    def add_known(self, seconds: float, *, failed: bool) -> None:
        """Count an opened clip whose result is known without a worker."""
        self.known += 1
        self.failed += failed
        self._skipped += _CLIP_SECONDS + seconds

    def add_unreadable(self, *, known: bool) -> None:
        """Count a clip that cannot be opened, now or `known` from an earlier run."""
        self.failed += 1
        self.known += known
        self.done += not known

    def add_finished(self, seconds: float, cpu_seconds: float, *, failed: bool) -> None:
        """Count an opened clip that a worker has finished, and its cost."""
        self.done += 1
        self.failed += failed
        self.cpu_seconds += cpu_seconds
        self._finished += _CLIP_SECONDS + seconds

    @property
    def work(self) -> tuple[float, float | None]:
        """Work done, and all work once it is known: longer clips count for more."""
        return self._finished, self._opened - self._skipped if self.all_opened else None

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.known + self.done} of {self.total}{failed}"
