"""Measurement of the trust in a memory, up to date with its cases."""

from threading import Lock

from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.leave_one_out import LeaveOneOut
from affectgraph.memory.seed import seed_background_cosines
from affectgraph.memory.trust import MemoryTrust, learn_trust

_MAX_CASES = 1_000


class TrustMeasurement:
    """Measures the trust in the cases of a store, and stores it beside them.

    A process compares every case with the others once: a new case takes milliseconds.
    """

    def __init__(self, store: CaseStore) -> None:
        """Measure the cases of a store."""
        self._store = store
        self._left_out: LeaveOneOut | None = None
        self._lock = Lock()

    def trust(self) -> MemoryTrust:
        """The trust in the present cases; measured if cases have changed since."""
        stored = self._store.tables.read_trust()
        return self._measure() if stored is None else stored

    def update(self) -> None:
        """Measure the trust again and store it."""
        revision = self._store.tables.revision()
        self._store.tables.write_trust(self._measure(), revision)

    def _measure(self) -> MemoryTrust:
        with self._lock:
            self._left_out = self._compared()
            cases = sum(self._store.tables.counts("label").values())
            return learn_trust(self._left_out.judged(), cases)

    def _compared(self) -> LeaveOneOut:
        """The present cases, compared with each other."""
        tables = self._store.tables
        ids = tables.ids(_MAX_CASES)
        compared = self._left_out
        if compared is None or not compared.cases.keys() <= {*ids}:
            compared = LeaveOneOut(seed_background_cosines())
        new = tables.with_ids([id_ for id_ in ids if id_ not in compared.cases])
        vectors = tables.vectors.of_cases([case.id for case in new])
        compared.add([(case, vectors[case.id]) for case in new])
        return compared
