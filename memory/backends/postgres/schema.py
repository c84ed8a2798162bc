"""The tables of the case memory in PostgreSQL: those of SQLite, in its own words."""

from typing import Any

from affectgraph.memory.backends.postgres.db_errors import driver
from affectgraph.memory.backends.sqlite.schema import NewerSchemaError

SCHEMA = "affectgraph"
PGVECTOR = (0, 8)

# Any number will do, if all processes lock the same one.
LOCK = 0x0AFFEC7

# As in `memory.backends.sqlite.schema`: entries are never edited once released, only added. The two
# functions are what SQLite calls by these names.
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
)

VERSION = len(MIGRATIONS)


def migrate(connection: Any) -> None:
    """Bring a database to `VERSION`, all the way or not at all.

    Raises:
        NewerSchemaError: If a later release wrote it.
        psycopg.Error: If it may not be changed, or its server has no pgvector.
    """
    if _version(connection) == VERSION:
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        # Read again: another process may have migrated while this one waited.
        found = _version(connection)
        if found > VERSION:
            raise NewerSchemaError(f"its schema version is {found}, known: {VERSION}")
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        if not found:
            _create(connection)
        settle(connection)
        for statements in MIGRATIONS[found:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute("UPDATE schema_version SET version = %s", (VERSION,))


def settle(connection: Any) -> None:
    """Have a session find the tables and pgvector's types, wherever they were put.

    Raises:
        psycopg.Error: If pgvector is too old.
    """
    version, place = connection.execute(
        "SELECT extversion, nspname FROM pg_extension"
        " JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'"
    ).fetchone()
    if tuple(map(int, version.split("."))) < PGVECTOR:
        raise driver().NotSupportedError(f"its pgvector is {version}")
    connection.execute(
        "SELECT set_config("
        "'search_path', format('%%I, %%I', %s::text, %s::text), false)",
        (SCHEMA, place),
    )


def _create(connection: Any) -> None:
    there = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
    if connection.execute(there, (SCHEMA,)).fetchone() is None:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    table = f"{SCHEMA}.schema_version"
    connection.execute(f"CREATE TABLE {table} (version integer NOT NULL)")
    connection.execute(f"INSERT INTO {table} VALUES (0)")


def _version(connection: Any) -> int:
    # From the catalogue's rows: `to_regclass` would remember what was not there before.
    there = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s"
    if connection.execute(there, (SCHEMA, "schema_version")).fetchone() is None:
        return 0
    query = f"SELECT version FROM {SCHEMA}.schema_version"
    (version,) = connection.execute(query).fetchone()
    return int(version)
