"""What senses said of clips, kept in a folder: asked the same, they need not look.

Only on request: evidence quotes what was said. No picture and no sound is in it.
"""

import base64
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import numpy as np

from affectgraph.graphs.external_calls import PerceptionRequest, PerceptionResult
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.sqlite import connect_file, erase_deleted
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.perception import PerceptionTool

MOST_BYTES = 256 << 20
# So much of it at a time, so that it is seldom.
_DROPPED = 0.1
_PATIENCE = 30.0
_TABLE = """
CREATE TABLE IF NOT EXISTS seen (
    key TEXT PRIMARY KEY, footage TEXT, entry TEXT, sha256 TEXT, bytes INT, used INT
);
CREATE INDEX IF NOT EXISTS by_use ON seen (used, bytes);
CREATE INDEX IF NOT EXISTS by_clip ON seen (footage);
"""
_DROP = """
DELETE FROM seen WHERE key IN (
    SELECT key FROM (SELECT key, SUM(bytes) OVER (ORDER BY used DESC) AS held FROM seen)
    WHERE held > ?
)
"""


class _Entry(Frozen):
    """An answer, and the vectors that go with it: float32 [d], in base 64."""

    seen: PerceptionResult
    vectors: dict[str, str]


class EvidenceCache:
    """A folder of evidence; many processes and threads may share it.

    Where it cannot be used, or does not hold what it should, senses look themselves.
    What was not used for longest goes when there is too much of it.
    """

    def __init__(self, folder: AnyPath, most_bytes: int = MOST_BYTES) -> None:
        """Open a folder, made if need be.

        Args:
            folder: Where the evidence is.
            most_bytes: So much of it is kept.
        """
        folder = checked_path("evidence", folder)
        self._file = folder / "evidence.sqlite"
        self._most_bytes = most_bytes
        self._turn = threading.Lock()
        self._trouble = ""
        self._database: sqlite3.Connection | None = None
        try:
            make_folder(folder)
            self._database = _connected(self._file)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def answer(
        self,
        asked: PerceptionRequest,
        tool: PerceptionTool,
        clip: Clip,
        look: Callable[[], PerceptionResult],
    ) -> PerceptionResult:
        """What a sense says, from the folder if it is there.

        A sense from elsewhere always looks itself: its name does not say what it does.

        Args:
            asked: The question.
            tool: The sense.
            clip: What it is about; gets the vectors back, too.
            look: Asks the sense itself.
        """
        ours = tool.sense.__module__.startswith("affectgraph.") and asked.weights
        if self._database is None or not ours:
            return look()
        started = time.perf_counter()
        key = _key(asked, tool, clip)
        if known := self._get(key):
            seen, vectors = known
            for name, vector in vectors.items():
                clip.keep(name, vector)
            seconds = round(time.perf_counter() - started, 3)
            sensed = seen.sensed.model_copy(update={"seconds": seconds})
            return seen.model_copy(update={"sensed": sensed})
        seen = look()
        if seen.sensed.state != "failed":
            vectors = clip.artifacts.of_modality(tool.modality)
            packed = {name: _packed(vector) for name, vector in vectors.items()}
            self._put(key, clip.footage, _Entry(seen=seen, vectors=packed))
        return seen

    def trouble(self) -> str:
        """Why it cannot be used, told once; empty if there is nothing to tell."""
        with self._turn:
            told, self._trouble = self._trouble, ""
        return told

    def forget(self, footage: str) -> int:
        """Erase what there is about a clip; returns how many answers it was.

        What an earlier call deleted and could not erase is erased, too.

        Raises:
            NotErasedError: If another process goes on reading it.
            SettingError: If the folder cannot be used.
        """
        try:
            with self._turn:
                with self._open() as database:
                    query = "DELETE FROM seen WHERE footage = ?"
                    gone = database.execute(query, [footage])
                erase_deleted(database, self._file)
        except sqlite3.Error as error:
            raise SettingError(self._explained(error)) from error
        return gone.rowcount

    def close(self) -> None:
        """Let go of the folder."""
        if self._database is not None:
            self._database.close()

    def _get(self, key: str) -> tuple[PerceptionResult, dict[str, Vector]] | None:
        query = "UPDATE seen SET used = ? WHERE key = ? RETURNING entry, sha256"
        try:
            with self._turn, self._open() as database:
                rows = database.execute(query, (time.time_ns(), key)).fetchall()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        for entry, sha256 in rows:
            # What was damaged, or was never an answer, is perceived again.
            with suppress(AttributeError, TypeError, ValueError):
                if _digest(entry) == sha256:
                    found = _Entry.model_validate_json(entry)
                    vectors = {k: _unpacked(v) for k, v in found.vectors.items()}
                    return found.seen, vectors
        return None

    def _put(self, key: str, footage: str, entry: _Entry) -> None:
        text = entry.model_dump_json()
        row = (key, footage, text, _digest(text), len(text), time.time_ns())
        try:
            with self._turn, self._open() as database:
                database.execute("REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)", row)
                (there,) = database.execute("SELECT SUM(bytes) FROM seen").fetchone()
                if there > self._most_bytes:
                    least = round(self._most_bytes * (1 - _DROPPED))
                    database.execute(_DROP, [least])
        except sqlite3.Error as error:
            self._give_up(error)

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.OperationalError("it was given up")
        return self._database

    def _give_up(self, error: OSError | sqlite3.Error) -> None:
        with self._turn:
            self._trouble = self._trouble or self._explained(error)
            self.close()
            self._database = None

    def _explained(self, error: OSError | sqlite3.Error) -> str:
        reason = getattr(error, "strerror", None) or str(error)
        return (
            f"evidence in {self._file} cannot be used ({reason}): name another folder"
        )


def _connected(file: Path) -> sqlite3.Connection:
    database = connect_file(file, timeout=_PATIENCE, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    # A power cut may cost the last answers, which can be asked again; what is erased
    # stays erased.
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA secure_delete = ON")
    database.executescript(_TABLE)
    return database


def _key(asked: PerceptionRequest, tool: PerceptionTool, clip: Clip) -> str:
    """All that an answer depends on, the release that would look included."""
    told = asked.model_dump(mode="json")
    told["language"], told["limits"] = clip.language, clip.limits.model_dump()
    told["turns"] = clip.turns and [turn.model_dump() for turn in clip.turns]
    told["calibration"] = tool.calibration and tool.calibration.model_dump()
    told["version"] = metadata.version("affectgraph")
    return _digest(json.dumps(told, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(vector: Vector) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _unpacked(numbers: str) -> Vector:
    return np.frombuffer(base64.b64decode(numbers), dtype="<f4").astype(np.float32)
