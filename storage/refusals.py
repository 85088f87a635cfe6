"""What SQLite and PostgreSQL say when they cannot, and what the admin can do about it, in one line.

`refusal` is the one place that tells a store that cannot answer now from a statement of ours that is wrong. PostgreSQL
speaks its admin's language: what has a code (SQLSTATE) is known by that, and only what goes wrong before anybody is
logged in, which has none, by its words. A remedy names the place of the store, never its URL, which may hold a
password.
"""

import sqlite3

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLSTATE, or as much of it as matters, the particular ones first -> remedy
# https://www.postgresql.org/docs/current/errcodes-appendix.html
STATES = (
    ("25006", "{place} can only be read (a standby, or default_transaction_read_only): name the primary one"),
    ("25P03", "{place} cut us off, because a transaction stood still"),
    ("28", "PostgreSQL refused the log-in to {place}: check [storage] url and PGPASSFILE"),
    ("3D", "there is no database {place}: create it, or correct [storage] url"),
    ("40", "another transaction was in the way in {place}: it is tried again"),
    ("42501", "PostgreSQL says of {place}: {said}; make the role of [storage] url the owner of the database"),
    ("53100", "the disk of PostgreSQL is full: free some space for {place}"),
    ("53200", "PostgreSQL has no memory left for {place}: free some, or lower its work_mem"),
    ("53300", "{place} takes no more connections: end some, or raise max_connections or the role's limit"),
    ("55P03", "{place} is busy with another transaction: wait; `intake status` names the daemons"),
    ("57014", "PostgreSQL cancelled a statement in {place} ({said}): raise the time-outs of its role"),
    ("57P", "PostgreSQL is stopping, starting or was told to cut us off from {place}: wait, or start it"),
    ("58", "the disk under {place} does not answer PostgreSQL ({said}): check it"),
    ("XX001", "{place} is damaged ({said}): restore the last backup"),
    ("XX002", "an index of {place} is damaged ({said}): REINDEX the database"),
    ("08", "the connection to {place} broke ({said}): it is tried again"),
    ("53", "PostgreSQL has no resources left for {place} ({said})"),
    ("55", "PostgreSQL is not ready for {place} ({said}): it is tried again"),
    ("XX000", "PostgreSQL met an error of its own in {place} ({said})"),
)

# words of the driver -> remedy
WORDS = (
    ("disk is full", "the disk is full: free some space on {place}"),
    ("disk i/o error", "the disk under {place} does not answer: check it"),
    ("readonly database", "{place} cannot be written: check its owner and mode"),
    ("unable to open database", "{place} cannot be opened: check that its directory exists and may be written"),
    ("is not a database", "{place} is no SQLite database: check [storage] url"),
    ("malformed", "{place} is damaged: restore the last backup"),
    ("locked", "{place} is locked by another process: wait, or end that process"),
    ("no password supplied", "PostgreSQL asks for a password for {place}: put it into PGPASSFILE, or use peer"),
    ("peer authentication", "this account may not log in to {place} as that role: map it in pg_ident.conf"),
    ("authentication failed", "PostgreSQL refused the log-in to {place}: check [storage] url and PGPASSFILE"),
    ("pg_hba.conf", "PostgreSQL lets nobody log in to {place} in this way: add a line to its pg_hba.conf ({said})"),
    ("is not permitted to log in", "the role of [storage] url may not log in to {place}: ALTER ROLE … LOGIN"),
    ("too many", "{place} takes no more connections: end some, or raise max_connections or the role's limit"),
    ("connection slots are reserved", "{place} takes no more connections: end some, or raise max_connections"),
    ("permission denied for database", "the role of [storage] url may not connect to {place}: GRANT CONNECT"),
    ("not currently accepting", "{place} takes no connections: ALTER DATABASE … ALLOW_CONNECTIONS true"),
    ("the database system is", "PostgreSQL is starting or stopping: {place} is tried again"),
    ("could not translate host", "the host of {place} has no address: check [storage] url and DNS"),
    ("failed to resolve host", "the host of {place} has no address: check [storage] url and DNS"),
    ("connection refused", "no PostgreSQL answers at {place}: start it or check [storage] url"),
    ("is the server running", "no PostgreSQL answers at {place}: start it or check [storage] url"),
    ("timeout expired", "PostgreSQL at {place} does not answer: check the network, or start it"),
    ("certificate", "the certificate of PostgreSQL at {place} is not trusted: check sslrootcert ({said})"),
    ("ssl was required", "PostgreSQL at {place} offers no TLS: turn it on there, or correct sslmode in [storage] url"),
    ("connection option", "[storage] url has an option that is none ({said}): correct it"),
    ("configuration parameter", "[storage] url sets what PostgreSQL does not know ({said}): correct its options"),
    ('role "', "PostgreSQL at {place} does not know the role ({said}): create it, or correct [storage] url"),
    ('database "', "there is no database {place}: create it, or correct [storage] url"),
)


def refusal(error: DBAPIError | PoolTimeout, place: str) -> str:
    """Why the store cannot answer now, with the remedy; "" where a statement of ours is wrong: no waiting mends it."""
    said = _said(error)
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, sqlite3.Error):
            if not _is_of_sqlite(error):
                return ""
        elif state := getattr(error.orig, "sqlstate", None):
            found = next((remedy for code, remedy in STATES if state.startswith(code)), "")
            lost = error.connection_invalidated and f"the connection to {place} broke: it is tried again"
            return found.format(place=place, said=said) or lost or ""
        elif not (error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)):
            return _by_words(error, said, place) if "connection option" in said else ""
    return _by_words(error, said, place)


def is_full(error: DBAPIError | PoolTimeout) -> bool:
    """Whether the store's disk has no room for what was written."""
    cause = getattr(error, "orig", None)
    full = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full or getattr(cause, "sqlstate", None) == "53100"


def _by_words(error: Exception, said: str, place: str) -> str:
    whole = str(getattr(error, "orig", None) or error).lower()
    remedy = next((remedy for words, remedy in WORDS if words in whole), "the database {place} says: {said}")
    return remedy.format(place=place, said=said)


def _is_of_sqlite(error: DBAPIError) -> bool:
    if isinstance(error, OperationalError):
        # SQLITE_ERROR is a bad statement ("no such table"), in the same class as a full disk
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    # "not a database" and "malformed" come in the plain class; its subclasses (constraints, types) are faults of ours
    return type(error) is DatabaseError


def _said(error: Exception) -> str:
    """The first line, without what libpq puts before the server's words."""
    first = str(getattr(error, "orig", None) or error).partition("\n")[0]
    return first.rpartition("FATAL:  ")[2]
