"""A store that cannot answer says why and what to do, in one line; a statement of ours that is wrong stays our bug."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from rules.facts import TryLater
from storage import ledger, policies, schema
from storage.database import Database
from storage.refusals import refusal
from tests.servers.postgres import OWNER
from tests.storage import samples
from tests.storage.samples import NOW
from tests.stores import cluster, only_postgresql

PASSWORD = "the-secret-word"
ROLES = (
    "crowded LOGIN CONNECTION LIMIT 0",
    f"guarded LOGIN PASSWORD '{PASSWORD}'",
    "shunned LOGIN",
    "nologin NOLOGIN",
    "guest LOGIN",
)


@pytest.fixture(scope="module")
def roles() -> Iterator[None]:
    for role in ROLES:
        cluster().execute(f"CREATE ROLE {role}")
    yield
    for role in ROLES:
        cluster().execute(f"DROP ROLE {role.partition(' ')[0]}")


def carry_out(url: str, *statements: str) -> None:
    with closing(Database(url)) as database, database.transaction() as tx:
        for statement in statements:
            tx.execute(sa.text(statement))


def said(url: str, *statements: str) -> str:
    """What the store answers to these statements in one transaction, as an admin reads it."""
    with pytest.raises(TryLater) as refused:
        carry_out(url, *statements)
    line = str(refused.value)
    assert "\n" not in line
    assert PASSWORD not in line
    return line


@only_postgresql
@pytest.mark.parametrize(
    ("login", "database", "words"),
    [
        ("intake", "nowhere", "there is no database 127.0.0.1:{port}/nowhere: create it, or correct [storage] url"),
        ("nobody", "postgres", 'does not know the role (role "nobody" does not exist): create it'),
        ("guarded", "postgres", "asks for a password for 127.0.0.1:{port}/postgres: put it into PGPASSFILE"),
        ("guarded:wrong", "postgres", "refused the log-in to 127.0.0.1:{port}/postgres: check [storage] url"),
        ("shunned", "postgres", "add a line to its pg_hba.conf"),
        ("nologin", "postgres", "ALTER ROLE … LOGIN"),
        ("crowded", "postgres", "takes no more connections: end some, or raise max_connections or the role's limit"),
        ("intake", "postgres?sslmode=require", "offers no TLS"),
        ("intake", "postgres?bogus=1", "has an option that is none"),
        ("intake", "postgres?options=-c bogus=1", "sets what PostgreSQL does not know"),
        ("intake", "postgres?host=/nowhere", "no PostgreSQL answers at 127.0.0.1:{port}/postgres: start it"),
    ],
)
@pytest.mark.usefixtures("roles")
def test_a_log_in_that_fails_has_its_remedy(login: str, database: str, words: str) -> None:
    port = cluster().port
    line = said(cluster().url(database).replace("intake@", f"{login}@"), "SELECT 1")
    assert words.format(port=port) in line


@only_postgresql
@pytest.mark.usefixtures("roles")
def test_a_password_that_is_right_logs_in() -> None:
    url = cluster().url("postgres").replace("intake@", f"guarded:{PASSWORD}@")
    with closing(Database(url)) as database, database.snapshot() as tx:
        assert tx.execute(sa.text("SELECT current_user")).scalar_one() == "guarded"
    assert PASSWORD not in database.place


@contextmanager
def database_of(*options: str) -> Iterator[str]:
    """A new database, made or altered in this way; its URL."""
    name = cluster().new()
    try:
        for option in options:
            cluster().execute(f"ALTER DATABASE {name} {option}")
        yield cluster().url(name)
    finally:
        cluster().drop([name])


@only_postgresql
@pytest.mark.usefixtures("roles")
def test_what_a_session_is_refused_has_its_remedy() -> None:
    with database_of() as url:
        place = url.partition("@")[2]
        assert said(url.replace("intake@", "guest@"), "CREATE TABLE x (y INTEGER)") == (
            f"PostgreSQL says of {place}: permission denied for schema public; "
            "make the role of [storage] url the owner of the database"
        )
        slow = ("SET LOCAL statement_timeout = 5", "SELECT pg_sleep(9)")
        assert "canceling statement due to statement timeout): raise the time-outs" in said(url, *slow)
        cut = "SELECT pg_terminate_backend(pg_backend_pid())"
        assert (
            said(url, cut)
            == f"PostgreSQL is stopping, starting or was told to cut us off from {place}: wait, or start it"
        )
        clash = "DO $$ BEGIN RAISE deadlock_detected; END $$"
        assert said(url, clash) == f"another transaction was in the way in {place}: it is tried again"


@only_postgresql
def test_a_database_that_can_only_be_read_is_said() -> None:
    with database_of("SET default_transaction_read_only = on") as url:
        assert "can only be read (a standby, or default_transaction_read_only)" in said(url, "CREATE TABLE x ()")


@only_postgresql
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_keep_every_mail_is_refused(encoding: str) -> None:
    name = f"in_{encoding.lower()}"
    made = f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER libc"
    cluster().execute(f"{made} LOCALE 'C' ENCODING '{encoding}'")
    try:
        assert f"has the encoding {encoding}" in said(cluster().url(name), "SELECT 1")
    finally:
        cluster().drop([name])


@only_postgresql
def test_what_an_admin_set_for_the_database_changes_nothing() -> None:
    """A style of dates that the driver cannot read, another zone, another level of isolation."""
    odd = ("datestyle = 'German'", "timezone = 'Asia/Kolkata'", "default_transaction_isolation = 'serializable'")
    with database_of(*(f"SET {setting}" for setting in odd)) as url, closing(Database(url)) as database:
        schema.upgrade(database)
        with database.transaction() as tx:
            mail_id = ledger.record(tx, samples.entry(), NOW)
            assert tx.execute(sa.text("SELECT recorded_at FROM mail")).scalar_one() == NOW
            assert tx.execute(sa.text("SHOW transaction_isolation")).scalar_one() == "read committed"
        with database.snapshot() as tx:
            assert ledger.raw(tx, mail_id) == samples.entry().raw


@only_postgresql
def test_a_full_disk_of_postgresql_loses_nothing_and_passes() -> None:
    if os.geteuid() != 0:
        pytest.skip("a disk that is full: only root can mount a small one")
    small = cluster().home / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=24m,uid={OWNER}", "tmpfs", str(small)], check=True)
    try:
        cluster().execute(f"CREATE TABLESPACE small LOCATION '{small}'")
        name = cluster().new()
        cluster().execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        with closing(Database(cluster().url(name))) as database:
            schema.upgrade(database)
            ballast = small / "ballast"
            with pytest.raises(OSError, match="No space"):
                ballast.write_bytes(bytes(24_000_000))
            with pytest.raises(TryLater, match=r"^the disk of PostgreSQL is full: free some space for "):
                _keep(database)
            ballast.unlink()
            _keep(database)
    finally:
        cluster().drop([name])
        cluster().execute("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", "--lazy", str(small)], check=True)


def _keep(database: Database) -> None:
    with database.transaction() as tx:
        policies.keep(tx, "sha256:x", "irex", os.urandom(400_000).hex(), NOW)


@only_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM nowhere",
        "SELECT 1 +",
        "CREATE TABLE x (y TEXT PRIMARY KEY); "
        "INSERT INTO x SELECT string_agg(md5(n::text), '') FROM generate_series(1, 2000) n",  # too long for an index
        "SELECT 1 / 0",
    ],
)
def test_a_statement_that_no_waiting_mends_is_our_bug(statement: str) -> None:
    """One mail that meets it is struck; as trouble of the store it would hold up its mailbox for ever."""
    with database_of() as url, pytest.raises(DBAPIError):
        carry_out(url, *statement.split(";"))


@only_postgresql
def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://intake@127.0.0.1:{silent.getsockname()[1]}/intake?connect_timeout=2"
        assert "does not answer: check the network, or start it" in said(url, "SELECT 1")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("FATAL:  sorry, too many clients already", "takes no more connections"),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "takes no more"),
        ("FATAL:  the database system is starting up", "is starting or stopping"),
        ("FATAL:  the database system is not yet accepting connections", "is starting or stopping"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "intake", database "intake"', "to its pg_hba.conf"),
        ('FATAL:  Peer authentication failed for user "intake"', "map it in pg_ident.conf"),
        ('FATAL:  permission denied for database "intake"', "GRANT CONNECT"),
        ('FATAL:  database "intake" is not currently accepting connections', "ALLOW_CONNECTIONS"),
        ("failed to resolve host 'db.invalid': [Errno -2] Name or service not known", "has no address"),
        ("SSL error: certificate verify failed", "is not trusted: check sslrootcert"),
        ("FATAL:  something that nobody has met", "the database db/intake says: something that nobody has met"),
    ],
)
def test_what_no_test_can_bring_about_has_its_remedy_too(words: str, remedy: str) -> None:
    error = psycopg.OperationalError(f"connection failed: {words}\nMultiple connection attempts failed")
    line = refusal(sa.exc.OperationalError("", None, error), "db/intake")
    assert remedy in line
    assert "db/intake" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql+psycopg://intake:secret@db.example:5433/intake", "db.example:5433/intake"),
        ("postgresql+psycopg://intake@db.example/intake", "db.example/intake"),
        ("postgresql+psycopg://intake@/intake?host=/run/pg", "/run/pg/intake"),
        ("postgresql+psycopg://intake@/tickets", "local/tickets"),
        ("postgresql+psycopg://intake:secret@db", "db/intake"),
        ("sqlite:////var/lib/intake/intake.db", "/var/lib/intake/intake.db"),
    ],
)
def test_a_place_says_where_and_never_who_or_with_which_password(url: str, place: str) -> None:
    with closing(Database(url)) as database:
        assert database.place == place


def test_a_server_that_is_too_old_is_refused() -> None:
    from storage.database import _look_at_postgresql

    class Old:
        class Info:
            server_version = 130_011

            @staticmethod
            def parameter_status(_: str) -> str:
                return "UTF8"

        info = Info()
        closed = False

        def close(self) -> None:
            self.closed = True

    old = Old()
    with pytest.raises(TryLater, match="PostgreSQL 13 serves db/intake: upgrade it, Intake needs 15 or later"):
        _look_at_postgresql("db/intake", old, None)
    assert old.closed
