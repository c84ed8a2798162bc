"""The case memory: annotated cases, recalled by similarity.

The seed comes with the package; a case of your own is found beside it:

    >>> import numpy as np
    >>> from affectgraph.memory import Case, Memory, Space
    >>> memory = Memory()
    >>> memory.stats().seed_cases > 100
    True
    >>> case = Case(sha256="a" * 64, label="sad", summary="Speaks low and slowly.")
    >>> voice = Space(modality="humming", model="0" * 64)
    >>> name = memory.add(case, {voice: np.array([1.0, 0.1])})
    >>> [case.summary for case in memory.search("a slow voice")]
    ['Speaks low and slowly.']
    >>> memory.forget(name)
    1
"""

from affectgraph.memory.case import Case, Correction, Kind, Recalled, Space, Vectors
from affectgraph.memory.case_store import SpaceStats, Stats
from affectgraph.memory.location import (
    Place,
    database_from_env,
    is_postgres_url,
    memory_exists,
)
from affectgraph.memory.maintenance import repair, verify
from affectgraph.memory.memory import Memory
from affectgraph.memory.representation import AFFECT
from affectgraph.memory.trust import MemoryTrust

__all__ = [
    "AFFECT",
    "Case",
    "Correction",
    "Kind",
    "Memory",
    "MemoryTrust",
    "Place",
    "Recalled",
    "Space",
    "SpaceStats",
    "Stats",
    "Vectors",
    "database_from_env",
    "is_postgres_url",
    "memory_exists",
    "repair",
    "verify",
]
