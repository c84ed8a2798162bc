"""On-disk cache of perception results, keyed by content and settings.

It is opt-in, since evidence quotes what people say. It stores no image and no sound.
"""

import base64
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from affectgraph import __version__
from affectgraph.graphs.external_calls import PerceptionRequest, PerceptionResult
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.sqlite import connect_file, erase_deleted
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.perception import PerceptionTool

MAX_BYTES = 256 << 20
# Share of the cache to evict at a time, so that eviction is rare.
_EVICTED_SHARE = 0.1
_TIMEOUT_S = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    key TEXT PRIMARY KEY, footage TEXT, entry TEXT, sha256 TEXT, bytes INT, used INT
);
CREATE INDEX IF NOT EXISTS by_use ON seen (used, bytes);
CREATE INDEX IF NOT EXISTS by_clip ON seen (footage);
"""
_EVICT = """
DELETE FROM seen WHERE key IN (
    SELECT key FROM (SELECT key, SUM(bytes) OVER (ORDER BY used DESC) AS held FROM seen)
    WHERE held > ?
)
"""


class _Entry(Frozen):
    """A result, and the vectors of its evidence: float32 [d], in Base64."""

    seen: PerceptionResult
    vectors: dict[str, str]


class EvidenceCache:
    """A cache in a folder; several processes and threads may share it.

    If it is unusable or an entry is damaged, the senses run as without a cache. The
    least recently used entries are evicted first.
    """

    def __init__(self, folder: AnyPath, max_bytes: int = MAX_BYTES) -> None:
        """Open or create the cache."""
        folder = checked_path("evidence", folder)
        self._file = folder / "evidence.sqlite"
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._warning = ""
        self._database: sqlite3.Connection | None = None
        try:
            make_folder(folder)
            self._database = _connect(self._file)
        except (OSError, sqlite3.Error) as error:
            self._disable(error)

    def answer(
        self,
        request: PerceptionRequest,
        tool: PerceptionTool,
        clip: Clip,
        run: Callable[[], PerceptionResult],
    ) -> PerceptionResult:
        """The cached result of a sense, or a new one, which is then cached.

        Senses of plug-ins are never cached: their names do not identify their code.

        Args:
            request: The request, which is part of the key.
            tool: The sense.
            clip: The clip; receives the cached vectors, too.
            run: Runs the sense.
        """
        built_in = tool.sense.__module__.startswith("affectgraph.")
        if self._database is None or not built_in or not request.weights:
            return run()
        started = time.perf_counter()
        key = _key(request, tool, clip)
        if entry := self._get(key):
            result, vectors = entry
            for name, vector in vectors.items():
                clip.keep(name, vector)
            seconds = round(time.perf_counter() - started, 3)
            status = result.sensed.model_copy(update={"seconds": seconds})
            return result.model_copy(update={"sensed": status})
        result = run()
        if result.sensed.state != "failed":
            vectors = clip.artifacts.of_modality(tool.modality)
            encoded = {name: _encode(vector) for name, vector in vectors.items()}
            self._put(key, clip.footage, _Entry(seen=result, vectors=encoded))
        return result

    def take_warning(self) -> str:
        """Why the cache was disabled, returned once; empty if there is no warning."""
        with self._lock:
            warning, self._warning = self._warning, ""
        return warning

    def forget(self, footage: str) -> int:
        """Erase all results about a clip.

        Results that an earlier call deleted but could not erase are erased, too.

        Returns:
            The number of results.

        Raises:
            NotErasedError: If another process keeps reading the cache.
            SettingError: If the folder cannot be used.
        """
        try:
            with self._lock:
                with self._open() as database:
                    query = "DELETE FROM seen WHERE footage = ?"
                    deleted = database.execute(query, [footage])
                erase_deleted(database, self._file)
        except sqlite3.Error as error:
            raise SettingError(self._describe(error)) from error
        return deleted.rowcount

    def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            self._database.close()

    def _get(self, key: str) -> tuple[PerceptionResult, dict[str, Vector]] | None:
        query = "UPDATE seen SET used = ? WHERE key = ? RETURNING entry, sha256"
        try:
            with self._lock, self._open() as database:
                rows = database.execute(query, (time.time_ns(), key)).fetchall()
        except sqlite3.Error as error:
            self._disable(error)
            return None
        for entry, sha256 in rows:
            # A damaged entry is perceived again.
            with suppress(AttributeError, TypeError, ValueError):
                if _sha256(entry) == sha256:
                    cached = _Entry.model_validate_json(entry)
                    vectors = {k: _decode(v) for k, v in cached.vectors.items()}
                    return cached.seen, vectors
        return None

    def _put(self, key: str, footage: str, entry: _Entry) -> None:
        text = entry.model_dump_json()
        row = (key, footage, text, _sha256(text), len(text), time.time_ns())
        try:
            with self._lock, self._open() as database:
                database.execute("REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)", row)
                (total,) = database.execute("SELECT SUM(bytes) FROM seen").fetchone()
                if total > self._max_bytes:
                    target = round(self._max_bytes * (1 - _EVICTED_SHARE))
                    database.execute(_EVICT, [target])
        except sqlite3.Error as error:
            self._disable(error)

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.OperationalError("the cache is disabled")
        return self._database

    def _disable(self, error: OSError | sqlite3.Error) -> None:
        with self._lock:
            self._warning = self._warning or self._describe(error)
            self.close()
            self._database = None

    def _describe(self, error: OSError | sqlite3.Error) -> str:
        reason = getattr(error, "strerror", None) or str(error)
        return (
            f"evidence in {self._file} cannot be used ({reason}): name another folder"
        )


def _connect(file: Path) -> sqlite3.Connection:
    database = connect_file(file, timeout=_TIMEOUT_S, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    # A power cut may lose the last results, which can be perceived again; erased
    # results stay erased.
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA secure_delete = ON")
    database.executescript(_SCHEMA)
    return database


def _key(request: PerceptionRequest, tool: PerceptionTool, clip: Clip) -> str:
    """SHA-256 of everything that a result depends on, including our version."""
    parts = request.model_dump(mode="json")
    parts["language"], parts["limits"] = clip.language, clip.limits.model_dump()
    parts["turns"] = clip.turns and [turn.model_dump() for turn in clip.turns]
    parts["calibration"] = tool.calibration and tool.calibration.model_dump()
    parts["version"] = __version__
    return _sha256(json.dumps(parts, sort_keys=True))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _encode(vector: Vector) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _decode(text: str) -> Vector:
    return np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32)
