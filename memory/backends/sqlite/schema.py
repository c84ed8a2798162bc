"""SQLite tables of the case memory, and their migrations."""

import sqlite3

from affectgraph.memory.database import pending_statements
from affectgraph.tools.io.sqlite import connect_file

# Each entry migrates a database from one version to the next. Never edit a released
# entry; add a new one. Keys are never reused (AUTOINCREMENT), so an index that holds
# keys up to n lacks exactly the vectors above n. Triggers keep the counters of a space
# right, whichever program inserts or deletes.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE cases (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            sha256 TEXT NOT NULL,
            label TEXT NOT NULL,
            annotator TEXT NOT NULL,
            source TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX cases_sha256 ON cases (sha256)",
        "CREATE INDEX cases_label ON cases (label)",
        """CREATE TABLE spaces (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            modality TEXT NOT NULL,
            model TEXT NOT NULL,
            dimension INTEGER NOT NULL CHECK (dimension > 0),
            vectors INTEGER NOT NULL DEFAULT 0,
            newest INTEGER NOT NULL DEFAULT 0,
            removed INTEGER NOT NULL DEFAULT 0,
            UNIQUE (modality, model)
        ) STRICT""",
        """CREATE TABLE vectors (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            space INTEGER NOT NULL REFERENCES spaces (key),
            of_case INTEGER NOT NULL REFERENCES cases (key) ON DELETE CASCADE,
            data BLOB NOT NULL,
            UNIQUE (of_case, space)
        ) STRICT""",
        "CREATE INDEX vectors_space ON vectors (space, key)",
        """CREATE TRIGGER vector_added AFTER INSERT ON vectors BEGIN
            UPDATE spaces SET vectors = vectors + 1, newest = NEW.key
            WHERE key = NEW.space;
        END""",
        """CREATE TRIGGER vector_removed AFTER DELETE ON vectors BEGIN
            UPDATE spaces SET vectors = vectors - 1, removed = removed + 1
            WHERE key = OLD.space;
        END""",
    ),
    (
        "ALTER TABLE cases ADD COLUMN created INTEGER NOT NULL DEFAULT 0",
        """UPDATE cases SET created = coalesce(
            CAST(strftime('%s', json_extract(body, '$.created')) AS INTEGER), 0
        ) WHERE json_valid(body)""",
        """CREATE TABLE corrections (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            sha256 TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX corrections_sha256 ON corrections (sha256)",
    ),
    (
        """UPDATE cases SET body = json_set(body, '$.correction', json('true'))
        WHERE json_valid(body)
        AND json_extract(body, '$.label_source') = 'correction of a verdict'""",
        """CREATE TABLE trust (
            key INTEGER PRIMARY KEY,
            revision TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT""",
    ),
)

VERSION = len(MIGRATIONS)


def connect(database: str) -> sqlite3.Connection:
    """Open a database with the settings that the memory needs, and migrate it.

    Several threads may use the connection if they take turns. Transactions begin
    explicitly. A commit is on the disk when it returns.

    Raises:
        NewerSchemaError: If a later release wrote it.
        sqlite3.Error: If it cannot be opened or is no database.
    """
    connection = connect_file(
        database, timeout=60.0, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate a database to `VERSION`, in one transaction.

    Raises:
        NewerSchemaError: If a later release wrote it.
        sqlite3.Error: If it cannot be written.
    """
    if _version(connection) == VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Read again: another process may have migrated it while this one waited.
        for statement in pending_statements(MIGRATIONS, _version(connection)):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    """Schema version of a database; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
