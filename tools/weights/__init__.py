"""Weights files: one manifest, one lookup order, a hash check before first use."""

from affectgraph.tools.weights.fetch import fetch, offline
from affectgraph.tools.weights.locate import (
    cache_folder,
    find,
    folder,
    missing,
    path,
    verify,
)
from affectgraph.tools.weights.manifest import (
    WeightsEntry,
    entries,
    entry,
    group_entries,
    in_selected_set,
)
from affectgraph.tools.weights.selection import select_set, selected_set

__all__ = [
    "WeightsEntry",
    "cache_folder",
    "entries",
    "entry",
    "fetch",
    "find",
    "folder",
    "group_entries",
    "in_selected_set",
    "missing",
    "offline",
    "path",
    "select_set",
    "selected_set",
    "verify",
]
