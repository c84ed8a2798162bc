"""PostgreSQL only: the HNSW graph, errors, and passwords kept out of messages."""

import re
import sys
import time

import numpy as np
import psycopg
import pytest

from affectgraph.memory import Memory, repair, verify
from affectgraph.memory.backends.postgres import case_store
from affectgraph.memory.backends.postgres import database as postgres
from affectgraph.tools.errors import MemoryStoreError, NotErasedError, SettingError

pytestmark = pytest.mark.slow


def error_message(place):
    with pytest.raises((MemoryStoreError, SettingError)) as error:
        Memory(place, seed=False)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    return str(error.value)


@pytest.fixture
def administrator(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def protected(server, database, administrator):
    """The address of a database whose user needs a password; it lacks one."""
    rules = server.pgdata / "pg_hba.conf"
    before = rules.read_text()
    administrator.execute("DROP ROLE IF EXISTS keeper")
    administrator.execute("CREATE ROLE keeper LOGIN PASSWORD 'top/secret'")
    rules.write_text(f"local all keeper scram-sha-256\n{before}")
    administrator.execute("SELECT pg_reload_conf()")
    time.sleep(0.2)
    yield database.replace("postgres:@", "keeper:{}@")
    rules.write_text(before)


def test_the_setting_moves_cases_there(database, monkeypatch, case, face, towards):
    monkeypatch.setenv("AFFECTGRAPH_DATABASE", database)
    Memory(seed=False).add(case(1), {face: towards(10)})
    assert len(Memory(database, seed=False).search()) == 1
    monkeypatch.setenv("AFFECTGRAPH_DATABASE", "mysql://me:secret@host/cases")
    assert "AFFECTGRAPH_DATABASE: write postgresql://" in error_message(None)


def test_a_folder_that_is_named_wins_over_the_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("AFFECTGRAPH_DATABASE", "postgresql://nowhere.invalid/cases")
    assert Memory(tmp_path, seed=False).stats().place == str(tmp_path)


def test_without_the_extra_it_says_how_to_get_it(database, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert error_message(database).endswith("pip install 'affectgraph[postgres]'")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://me:secret@127.0.0.1:1/cases", "me@127.0.0.1:1/cases cannot be"),
        (
            "postgresql://me:secret@nowhere.invalid/cases",
            "nowhere.invalid/cases cannot",
        ),
        (
            "postgresql:///cases?host=/nowhere&password=secret",
            "host=/nowhere cannot be",
        ),
        ("postgresql://me:top@secret@host/cases", "cannot be read: write.*%40"),
        ("postgresql://me:top/secret@host/cases", "cannot be read: write.*%2F"),
        ("postgresql://me:secret@host/cases?sslmodus=1", "cannot be read: write"),
    ],
)
def test_an_address_that_leads_nowhere(address, words):
    assert re.search(words, error_message(address))


def test_a_database_that_is_not_there(server):
    assert 'database "nothing" does not exist): create it' in error_message(
        server.get_uri("nothing")
    )


def test_a_wrong_password_and_a_missing_one(protected):
    for password in ("another-secret", ""):
        assert "mend the user and password" in error_message(protected.format(password))


def test_a_user_who_may_not_make_the_tables(protected, administrator):
    address = protected.format("top%2Fsecret")
    assert "does not allow it" in error_message(address)
    administrator.execute("CREATE EXTENSION vector")
    assert "does not allow it" in error_message(address)
    administrator.execute("CREATE SCHEMA affectgraph AUTHORIZATION keeper")
    stats = Memory(address, seed=False).stats()
    assert stats.cases == 0
    assert "secret" not in stats.model_dump_json()


def test_a_server_without_pgvector(database, administrator):
    name = administrator.info.dbname
    administrator.execute(
        f"ALTER DATABASE {name} SET extension_control_path = '/nowhere'"
    )
    assert "needs pgvector 0.8" in error_message(database)


def test_pgvector_may_be_in_a_schema_of_its_own(administrator, database, case, face):
    administrator.execute('CREATE SCHEMA "Extra"')
    administrator.execute('CREATE EXTENSION vector SCHEMA "Extra"')
    memory = Memory(database, seed=False)
    memory.add(case(1), {face: np.ones(3)})
    assert memory.recall({face: np.array([1.0, 1.0, 0.5])}, leading="happy")


def test_a_newer_schema_is_refused_and_left_alone(database, administrator):
    Memory(database, seed=False).close()
    administrator.execute("UPDATE affectgraph.schema_version SET version = 99")
    assert "later release (its schema version is 99" in error_message(database)


def test_a_lost_connection_is_told_then_opened_again(database, administrator, case):
    memory = Memory(database, seed=False)
    administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'affectgraph' AND datname = current_database()"
    )
    with pytest.raises(MemoryStoreError, match="try again"):
        memory.add(case(1), {})
    memory.add(case(1), {})
    assert memory.stats().cases == 1


def test_what_postgresql_cannot_keep_is_refused(database, case):
    memory = Memory(database, seed=False)
    with pytest.raises(MemoryStoreError, match="cannot keep this"):
        memory.add(case(1, summary="A \0 in the middle."), {})
    assert memory.stats().cases == 0


def test_damage_inside_a_row_is_noticed(database, administrator, case, face, towards):
    memory = Memory(database, seed=False)
    memory.add_all((case(n), {face: towards(n)}) for n in range(5))
    assert verify(database) == []
    administrator.execute("UPDATE affectgraph.cases SET body = '{}' WHERE key = 3")
    administrator.execute("UPDATE affectgraph.spaces SET vectors = 9")
    (line,) = verify(database)
    assert "damaged" in line and "backup" in line
    with pytest.raises(MemoryStoreError, match="backup"):
        repair(database)


@pytest.fixture
def large_memory(database, monkeypatch, case, face):
    """A memory just large enough for a graph, its vectors, and what was asked."""
    monkeypatch.setattr(case_store, "FLAT_BELOW", 2_000)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(3_000, 16)).astype(np.float32) * 1e6
    labels = ["happy", "sad", "fear"]
    memory = Memory(database, seed=False)
    memory.add_all(
        (case(n, labels[n % 3] if n else "disgust"), {face: v})
        for n, v in enumerate(vectors)
    )
    return memory, vectors, random.normal(size=(20, 16))


@pytest.mark.parametrize("label", ["happy", "disgust"])
def test_the_graph_finds_the_nearest(large_memory, administrator, face, label):
    memory, vectors, queries = large_memory
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    among = range(3, 3_000, 3) if label == "happy" else [0]
    right = 0
    for query in queries:
        nearest = sorted(among, key=lambda n: -(unit[n] @ query))[:10]
        recalled = memory.recall({face: query}, leading=label, k=10)
        recalled_numbers = {
            int(r.case.sha256, 16) for r in recalled if r.kind == "supporting"
        }
        right += len(recalled_numbers & set(nearest)) / len(nearest)
    assert right / 20 >= 0.95
    (space,) = memory.stats().spaces
    assert (space.index, space.vectors) == ("hnsw", 3_000)
    memory.close()
    scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'nearest_1'"
    for _ in range(600):  # the server counts when it comes to it
        if administrator.execute(scans).fetchone()[0]:
            return
        time.sleep(0.1)
    pytest.fail("the graph was never used")


def test_the_graph_forgets(large_memory, face):
    memory, vectors, _ = large_memory
    query = {face: vectors[5] + vectors[6] / 9}
    first, *_ = memory.recall(query, leading="fear")
    memory.forget(first.case.id)
    recalled_again = memory.recall(query, leading="fear")
    assert first.case.id not in {hit.case.id for hit in recalled_again}


@pytest.fixture
def short_timeout(monkeypatch):
    monkeypatch.setattr(postgres, "_READERS_TIMEOUT_S", 0.3)


SECRET = "The word is heliotrope."


def files_with_secret(server, administrator):
    """The files of the server's tables that hold what is secret."""
    administrator.execute("CHECKPOINT")
    files = (file for file in (server.pgdata / "base").rglob("*") if file.is_file())
    return [file for file in files if b"heliotrope" in file.read_bytes()]


def test_what_is_forgotten_is_in_no_table_of_the_server(
    server, database, administrator, case, face, towards
):
    memory = Memory(database, seed=False)
    memory.add(case(1, summary="Spared."), {face: towards(10)})
    name = memory.add(case(2, summary=SECRET), {face: towards(20)})
    assert files_with_secret(server, administrator)
    assert memory.forget(name) == 1
    assert files_with_secret(server, administrator) == []
    assert [hit.summary for hit in memory.search()] == ["Spared."]


@pytest.mark.usefixtures("short_timeout")
@pytest.mark.parametrize("read", ["SELECT 1", "SELECT * FROM affectgraph.cases"])
def test_nothing_is_forgotten_while_another_session_sees_it(
    server, database, administrator, case, face, towards, read
):
    memory = Memory(database, seed=False)
    name = memory.add(case(1, summary=SECRET), {face: towards(10)})
    with psycopg.connect(database) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute(read)
        for _ in range(2):
            with pytest.raises(NotErasedError, match=r"another session.*same again"):
                memory.forget(name)
        assert files_with_secret(server, administrator)
    assert memory.forget(name) == 0
    assert files_with_secret(server, administrator) == []


def test_whoever_does_not_own_the_tables_cannot_say_it_is_forgotten(
    server, database, administrator, case, face, towards
):
    name = Memory(database, seed=False).add(
        case(1, summary=SECRET), {face: towards(10)}
    )
    administrator.execute("DROP ROLE IF EXISTS guest")
    administrator.execute("CREATE ROLE guest LOGIN")
    administrator.execute("GRANT USAGE ON SCHEMA affectgraph TO guest")
    rights = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA affectgraph"
    administrator.execute(f"GRANT {rights} TO guest")
    guest = Memory(database.replace("postgres:@", "guest:@"), seed=False)
    with pytest.raises(NotErasedError, match="owns its tables"):
        guest.forget(name)
    guest.close()
    assert files_with_secret(server, administrator)
    assert Memory(database, seed=False).forget(name) == 0
    assert files_with_secret(server, administrator) == []
    administrator.execute("DROP OWNED BY guest")
    administrator.execute("DROP ROLE guest")
