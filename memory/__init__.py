"""What was seen before: annotated cases, kept safe, recalled by what they are like."""

from affectgraph.memory.case import Case, Kind, Recalled, Space, Vectors
from affectgraph.memory.correction import Correction
from affectgraph.memory.memory import Memory
from affectgraph.memory.representation import AFFECT
from affectgraph.memory.shelf import Place, database, is_address
from affectgraph.memory.stats import SpaceStats, Stats
from affectgraph.memory.upkeep import kept_in, repair, verify

__all__ = [
    "AFFECT",
    "Case",
    "Correction",
    "Kind",
    "Memory",
    "Place",
    "Recalled",
    "Space",
    "SpaceStats",
    "Stats",
    "Vectors",
    "database",
    "is_address",
    "kept_in",
    "repair",
    "verify",
]
