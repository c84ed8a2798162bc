"""PostgreSQL tables of the case memory, and their migrations."""

from typing import Any

from affectgraph.memory.backends.postgres.db_errors import import_psycopg
from affectgraph.memory.database import pending_statements

SCHEMA = "affectgraph"
MIN_PGVECTOR = (0, 8)

# An arbitrary number that all processes lock.
ADVISORY_LOCK = 0x0AFFEC7

# As in `memory.backends.sqlite.schema`: never edit a released entry; add a new one.
# The first two functions are SQLite's, of the same names.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE FUNCTION instr(text, text) RETURNS integer
        LANGUAGE sql IMMUTABLE AS 'SELECT strpos($1, $2)'""",
        """CREATE FUNCTION json_extract(text, text) RETURNS text
        LANGUAGE sql IMMUTABLE AS
        $$SELECT $1::jsonb #>> string_to_array(substr($2, 3), '.')$$""",
        """CREATE TABLE cases (
            key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE,
            sha256 text NOT NULL,
            label text NOT NULL,
            annotator text NOT NULL,
            source text NOT NULL,
            created bigint NOT NULL,
            body text NOT NULL CHECK (body::jsonb IS NOT NULL)
        )""",
        "CREATE INDEX cases_sha256 ON cases (sha256)",
        "CREATE INDEX cases_label ON cases (label)",
        """CREATE TABLE spaces (
            key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            modality text NOT NULL,
            model text NOT NULL,
            dimension integer NOT NULL CHECK (dimension > 0),
            vectors bigint NOT NULL DEFAULT 0,
            newest bigint NOT NULL DEFAULT 0,
            removed bigint NOT NULL DEFAULT 0,
            UNIQUE (modality, model)
        )""",
        """CREATE TABLE vectors (
            key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            space integer NOT NULL REFERENCES spaces (key),
            of_case bigint NOT NULL REFERENCES cases (key) ON DELETE CASCADE,
            data vector NOT NULL,
            UNIQUE (of_case, space)
        )""",
        "CREATE INDEX vectors_space ON vectors (space, key)",
        """CREATE TABLE corrections (
            key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sha256 text NOT NULL,
            body text NOT NULL CHECK (body::jsonb IS NOT NULL)
        )""",
        "CREATE INDEX corrections_sha256 ON corrections (sha256)",
        """CREATE TABLE kept (
            sha256 text NOT NULL,
            key text NOT NULL,
            data vector NOT NULL,
            PRIMARY KEY (sha256, key)
        )""",
        """CREATE FUNCTION vectors_added() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE spaces SET vectors = vectors + many, newest = last FROM (
                SELECT space, count(*) AS many, max(key) AS last
                FROM added GROUP BY space
            ) AS now WHERE spaces.key = now.space;
            RETURN NULL;
        END $$""",
        """CREATE TRIGGER vectors_added AFTER INSERT ON vectors
        REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION vectors_added()""",
        """CREATE FUNCTION vectors_removed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE spaces SET vectors = vectors - many, removed = removed + many FROM (
                SELECT space, count(*) AS many FROM gone GROUP BY space
            ) AS now WHERE spaces.key = now.space;
            RETURN NULL;
        END $$""",
        """CREATE TRIGGER vectors_removed AFTER DELETE ON vectors
        REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION vectors_removed()""",
    ),
    (
        """UPDATE cases
        SET body = jsonb_set(body::jsonb, '{correction}', 'true')::text
        WHERE body::jsonb ->> 'label_source' = 'correction of a verdict'""",
        """CREATE TABLE trust (
            key integer PRIMARY KEY,
            revision text NOT NULL,
            body text NOT NULL CHECK (body::jsonb IS NOT NULL)
        )""",
    ),
)

VERSION = len(MIGRATIONS)


def migrate(connection: Any) -> None:
    """Migrate a database to `VERSION`, in one transaction.

    Raises:
        NewerSchemaError: If a later release wrote it.
        psycopg.Error: If it may not be changed, or the server has no pgvector.
    """
    if _version(connection) == VERSION:
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
        # Read again: another process may have migrated it while this one waited.
        version = _version(connection)
        statements = pending_statements(MIGRATIONS, version)
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        if not version:
            _create(connection)
        set_search_path(connection)
        for statement in statements:
            connection.execute(statement)
        connection.execute("UPDATE schema_version SET version = %s", (VERSION,))


def set_search_path(connection: Any) -> None:
    """Let a session find the tables and pgvector's types, whichever schema has them.

    Raises:
        psycopg.Error: If pgvector is too old.
    """
    version, schema = connection.execute(
        "SELECT extversion, nspname FROM pg_extension"
        " JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'"
    ).fetchone()
    if tuple(map(int, version.split("."))) < MIN_PGVECTOR:
        raise import_psycopg().NotSupportedError(f"its pgvector is {version}")
    connection.execute(
        "SELECT set_config("
        "'search_path', format('%%I, %%I', %s::text, %s::text), false)",
        (SCHEMA, schema),
    )


def _create(connection: Any) -> None:
    query = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
    if connection.execute(query, (SCHEMA,)).fetchone() is None:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    table = f"{SCHEMA}.schema_version"
    connection.execute(f"CREATE TABLE {table} (version integer NOT NULL)")
    connection.execute(f"INSERT INTO {table} VALUES (0)")


def _version(connection: Any) -> int:
    # Read the catalogue: `to_regclass` caches that a table is missing.
    query = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s"
    if connection.execute(query, (SCHEMA, "schema_version")).fetchone() is None:
        return 0
    query = f"SELECT version FROM {SCHEMA}.schema_version"
    (version,) = connection.execute(query).fetchone()
    return int(version)
