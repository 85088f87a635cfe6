"""From a backup to a daemon that goes on, with the real servers: nobody is written to twice, and nothing is lost."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import sqlalchemy as sa

from rules.facts import Contact
from storage import conditions, restoration, schema, tables
from storage.database import Database
from tests import stores
from tests.intake.cli import shell
from tests.intake.cli.shell import Ended
from tests.intake.installation import Installation, mail
from tests.intake.test_survival import QUESTION, acknowledgements, until
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Rule, Sink

pytestmark = pytest.mark.mailhost


@pytest.fixture
def make(mailhost: Mailhost, tmp_path: Path) -> Callable[..., Installation]:
    def installation(**settings: object) -> Installation:
        return Installation(
            tmp_path / "intake",
            mailhost,
            mailhost.someone("support"),
            mailhost.someone("sam"),
            **settings,  # type: ignore[arg-type]
        )

    return installation


def people(intake: Installation, *names: str) -> None:
    intake.admit(*(Contact(f"{name}@customer.example", name.title(), "IR-STD") for name in names))


def ask(intake: Installation, *names: str, folder: str = "INBOX", when: datetime | None = None) -> list[int]:
    box = intake.mailhost.box(intake.support)
    return [
        box.append(
            mail(f"{name}@customer.example", intake.support, f"A question of {name}", QUESTION.format(number)),
            folder,
            when,
        )
        for number, name in enumerate(names)
    ]


def reply(intake: Installation, name: str, sink: Sink, when: datetime) -> None:
    """To the acknowledgement, as mail programs do: it names the letter and what that one answered."""
    (letter,) = (message_from_bytes(one.raw) for one in acknowledgements(sink)[f"{name}@customer.example"])
    headers = {
        "In_Reply_To": letter["Message-ID"],
        "References": " ".join(f"{letter['References']} {letter['Message-ID']}".split()),
    }
    raw = mail(f"{name}@customer.example", intake.support, f"Re: {letter['Subject']}", "My reply.\n", **headers)
    intake.mailhost.box(intake.support).append(raw, when=when)


def destroy(intake: Installation) -> None:
    """The disk is new, or the database was dropped and made again."""
    file = intake.home / "intake.db"
    if stores.ENGINE == "sqlite":
        for one in intake.home.glob("intake.db*"):
            one.unlink()
        return
    name = stores._databases[file]
    stores.cluster().drop([name])
    stores.cluster().execute(f"CREATE DATABASE {name} TEMPLATE template0")


def tried(intake: Installation, *arguments: str) -> Ended:
    """A command of the admin's, in this process."""
    return shell.intake(*arguments, "--config", intake.config)


def done(intake: Installation, *arguments: str) -> str:
    ended = tried(intake, *arguments)
    assert ended.status == 0, ended.err
    return ended.out


def once(intake: Installation) -> bool:
    """Mail is taken in, and what is due goes out; whether all went well."""
    return intake.at(datetime.now(UTC)).status == 0


def references(intake: Installation) -> dict[str, str]:
    """Contact to the reference of their ticket."""
    with intake.store() as database, database.snapshot() as tx:
        rows = tx.execute(sa.select(tables.ticket.c.contact, tables.ticket.c.reference)).all()
    assert len({row.contact for row in rows}) == len(rows), "a ticket twice"
    return {row.contact.partition("@")[0]: row.reference for row in rows}


def answered(sink: Sink) -> dict[str, int]:
    return {address.partition("@")[0]: len(found) for address, found in acknowledgements(sink).items()}


def test_a_restored_store_goes_on_without_a_second_letter_to_anybody(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana", "ben", "cleo", "dan", "eva", "finn")
        ask(intake, "ana", "ben")
        with intake.running():
            until(lambda: answered(sink) == {"ana": 1, "ben": 1} and set(intake.letters()) == {"sent"}, 30)
            done(intake, "backup", backup)
            ask(intake, "cleo", "dan")
            until(lambda: len(answered(sink)) == 4 and set(intake.letters()) == {"sent"}, 30)
            until(lambda: intake.mailhost.box(intake.support).uids() == [], 10)
        held = references(intake)
        destroy(intake)
        told = done(intake, "restore", backup)
        assert "2 ticket" in told
        later = datetime.now(UTC) + timedelta(hours=1)  # long after the old daemon ended
        ask(intake, "eva", when=later)
        reply(intake, "cleo", sink, later)
        with intake.running():
            until(lambda: answered(sink).get("eva", 0) == 1 and intake.ends().get("follow_up", 0) == 1, 30)
            until(lambda: intake.letters().get("waiting", 0) + intake.letters().get("claimed", 0) == 0, 30)
        assert answered(sink) == {"ana": 1, "ben": 1, "cleo": 1, "dan": 1, "eva": 1}
    now = references(intake)
    assert now.keys() == {"ana", "ben", "cleo", "dan", "eva"}
    assert {name: now[name] for name in ("ana", "ben")} == {name: held[name] for name in ("ana", "ben")}
    # Nobody else has what was given out after the backup.
    assert not {held["cleo"], held["dan"]} & set(now.values())
    assert intake.mail_ends() == {"ticket": 5, "follow_up": 1}
    assert "reply" in done(intake, "ticket", now["cleo"])
    assert "restore" not in "".join(line for line in tried(intake, "status").out.splitlines() if "PROBLEM" in line)
    done(intake, "reconcile")
    done(intake, "restore", "--recover")
    assert intake.mail_ends() == {"ticket": 5, "follow_up": 1}


def test_the_daemon_waits_for_the_recovery_and_names_it(make: Callable[..., Installation], tmp_path: Path) -> None:
    backup = str(tmp_path / "intake.backup")
    intake = make(smtp_port=1)
    people(intake, "ana")
    ask(intake, "ana")
    assert not once(intake)  # nothing answers at port 1: the letters wait
    done(intake, "backup", backup)
    destroy(intake)
    intake.config.write_text(intake.config.read_text().replace(f"port = {intake.mailhost.imaps}", "port = 1"))
    ended = tried(intake, "restore", backup)
    assert (ended.status, "check host and port" in ended.err) == (1, True)
    assert "2 letter(s) waited then" in ended.out
    refused = intake.once()
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "intake restore --recover" in refused.stderr
    assert intake.letters() == {"withheld": 2}
    intake.write_config()
    done(intake, "restore", "--recover")
    assert once(intake)
    with Sink() as sink:
        intake.smtp_port = sink.port
        intake.write_config()
        assert once(intake)
        assert answered(sink) == {}
        assert "2 letter(s) wait" in done(intake, "outbox", "resend", "--restored")
        assert once(intake)
        assert answered(sink) == {"ana": 1}
    with intake.store() as database, database.snapshot() as tx:
        kinds = list(tx.execute(sa.select(tables.event.c.kind)).scalars())
        assert tx.execute(sa.select(sa.func.min(tables.outbox.c.ambiguous))).scalar_one() >= 1
    assert kinds.count("letter_withheld") == 2


def test_letters_that_waited_go_at_once_if_the_admin_says_so(make: Callable[..., Installation], tmp_path: Path) -> None:
    """They are the letters of the backup, byte for byte."""
    backup = str(tmp_path / "intake.backup")
    intake = make(smtp_port=1)
    people(intake, "ana")
    ask(intake, "ana")
    assert not once(intake)
    with intake.store() as database, database.snapshot() as tx:
        written = set(tx.execute(sa.select(tables.outbox.c.raw)).scalars())
    done(intake, "backup", backup)
    destroy(intake)
    done(intake, "restore", backup, "--send-waiting")
    with Sink() as sink:
        intake.smtp_port = sink.port
        intake.write_config()
        assert once(intake)
        assert {one.raw for one in sink.accepted} == written


def test_what_the_old_daemon_had_recorded_and_not_filed_is_not_answered_again(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    """It died between the commit and the filing; what came long after it did is answered."""
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana", "ben", "cleo", "dan")
        ask(intake, "ana")
        assert once(intake)
        done(intake, "backup", backup)
        destroy(intake)
        now = datetime.now(UTC)
        ask(intake, "ben", when=now)
        (flagged,) = ask(intake, "cleo", when=now + timedelta(hours=2))
        ask(intake, "dan", when=now + timedelta(hours=2))
        with intake.mailhost.box(intake.support).session() as client:
            client.select_folder("INBOX")
            client.add_flags([flagged], ["$IntakeDone"])
        told = done(intake, "restore", backup, "--json")
        assert '"of_inbox": 2, "left": 1' in told
        assert once(intake)
        assert answered(sink) == {"ana": 1, "dan": 1}
    assert references(intake).keys() == {"ana", "ben", "cleo", "dan"}
    assert intake.ends() == {"ticket": 4}
    assert intake.mailhost.box(intake.support).uids() == []
    done(intake, "reconcile")


def test_an_admin_who_knows_when_the_old_daemon_ended_says_so(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana", "ben", "cleo")
        ask(intake, "ana")
        assert once(intake)
        done(intake, "backup", backup)
        ended = datetime.now(UTC) + timedelta(hours=1)
        ask(intake, "ben", when=ended - timedelta(minutes=1))
        ask(intake, "cleo", when=ended + timedelta(minutes=1))
        destroy(intake)
        done(intake, "restore", backup)
        done(intake, "restore", "--recover", "--answered-until", ended.isoformat())
        assert once(intake)
        assert answered(sink) == {"ana": 1, "cleo": 1}


def test_mail_in_quarantine_comes_back_as_such_and_staff_mail_is_not_carried_out_again(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana")
        ask(intake, "ana")
        assert once(intake)
        done(intake, "backup", backup)
        destroy(intake)
        box = intake.mailhost.box(intake.support)
        box.append(b"\r\n\r\n", "Intake/Quarantine")
        box.append(mail(intake.staff, intake.support, "Re: [EX-1] A question", "#close\n\nDone.\n"), "Intake/Processed")
        before = len(sink.accepted)
        done(intake, "restore", backup)
        assert once(intake)
        assert len(sink.accepted) == before
    assert intake.mail_ends() == {"ticket": 1, "quarantined": 1, "staff_action": 1}
    done(intake, "reconcile")
    assert "it is not done again" in done(intake, "ticket", "EX-1", "--json")
    assert "EX-1  open" in done(intake, "ticket", "EX-1")


def test_a_recovery_may_be_skipped_and_old_seals_are_void(make: Callable[..., Installation], tmp_path: Path) -> None:
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana", "ben")
        ask(intake, "ana")
        assert once(intake)
        done(intake, "backup", backup)
        destroy(intake)
        done(intake, "restore", backup, "--skip-recovery")
        with intake.store() as database, database.snapshot() as tx:
            assert tx.execute(sa.select(tables.signing_key)).first() is None
        ask(intake, "ben")
        assert once(intake)
        assert answered(sink) == {"ana": 1, "ben": 1}
    assert int(references(intake)["ben"].partition("-")[2]) > 10_000


@stores.only_sqlite
def test_a_store_with_something_in_it_is_kept_beside_the_restored_one(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana", "ben")
        ask(intake, "ana")
        assert once(intake)
        done(intake, "backup", backup)
        with intake.running() as daemon:
            ask(intake, "ben")
            until(lambda: len(answered(sink)) == 2, 30)
            refused = tried(intake, "restore", backup, "--force")
            assert (refused.status, "stop every daemon first" in refused.err) == (1, True)
            daemon.kill()  # its log stays beside the file
        refused = tried(intake, "restore", backup)
        assert (refused.status, "--force" in refused.err) == (1, True)
        done(intake, "restore", backup, "--force")
        (kept,) = (one for one in intake.home.glob("intake.db.before-restore-*") if not one.name.endswith("l"))
        with sqlite3.connect(kept) as wire:
            assert wire.execute("SELECT count(*) FROM ticket").fetchone() == (2,)
        assert references(intake).keys() == {"ana", "ben"}
        assert once(intake)
        assert answered(sink) == {"ana": 1, "ben": 1}
        assert tried(intake, "restore", str(kept), "--force").status == 0  # and back again


def test_a_customer_who_was_reminded_since_the_backup_is_not_reminded_again(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    """The backup is four days old, and the reminder of the third day went out."""
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people(intake, "ana")
        ask(intake, "ana")
        assert once(intake)
        done(intake, "wait", "EX-1", "--answered")
        with intake.store() as database, database.transaction() as tx:
            tx.execute(sa.update(tables.pause).values(began_at=datetime.now(UTC) - timedelta(days=4)))
        done(intake, "backup", backup)
        destroy(intake)
        done(intake, "restore", backup)
        before = len(sink.accepted)
        assert once(intake)
        assert len(sink.accepted) == before
    assert intake.letters()["withheld"] == 1


def test_a_backup_of_an_older_version_is_upgraded_on_the_way(make: Callable[..., Installation], tmp_path: Path) -> None:
    old = tmp_path / "old.backup"
    store = Database(f"sqlite:///{old}")
    schema.upgrade(store, "0007")
    store.close()
    intake = make(smtp_port=1)
    done(intake, "restore", str(old))
    with intake.store() as database:
        assert schema.state(database) is schema.SchemaState.CURRENT
        assert restoration.unfinished(database) is None
        with database.snapshot() as tx:
            assert [one.part for one in conditions.current(tx)] == ["restore"]


def test_a_daemon_killed_in_the_midst_of_its_work_after_a_backup_in_the_midst_of_it(
    make: Callable[..., Installation], tmp_path: Path
) -> None:
    """Whoever was not answered is known to staff; nobody was answered twice, and no mail is lost or has two tickets."""
    backup = str(tmp_path / "intake.backup")
    with Sink() as sink:
        # Slow, so that letters are still to go when the backup is made, however long that takes to start.
        slow = Rule("end", "250 2.0.0 queued", when=lambda _: len(sink.accepted) >= 6, delay=0.7)
        sink.rules.append(slow)
        intake = make(smtp_port=sink.port, daemon={"batch_count": 5})
        everybody = [f"person{number}" for number in range(24)]
        people(intake, *everybody)
        with intake.mailhost.box(intake.support).session() as client:
            for name in everybody:
                question = QUESTION.format(name)
                client.append("INBOX", mail(f"{name}@customer.example", intake.support, f"Of {name}", question))
        with intake.started() as daemon:
            until(lambda: len(answered(sink)) >= 6, 120)
            done(intake, "backup", backup)
            until(lambda: len(answered(sink)) >= 14, 120)
            daemon.kill()
        slow.times = 0
        destroy(intake)
        done(intake, "restore", backup)
        assert once(intake)
        assert set(answered(sink).values()) == {1}
    assert references(intake).keys() == set(everybody)
    assert intake.mail_ends() == {"ticket": 24}
    assert intake.mailhost.box(intake.support).uids() == []
    assert {"sent", "withheld"} == set(intake.letters())
    done(intake, "reconcile")


@pytest.mark.parametrize("words", [("restore", "{backup}", "--force"), ("db", "move", "{store}", "sqlite:///{new}")])
def test_nothing_is_put_under_a_daemon_that_works(
    make: Callable[..., Installation], tmp_path: Path, words: tuple[str, ...]
) -> None:
    """On either engine; and a killed one hinders nobody."""
    intake = make(smtp_port=1)
    people(intake, "ana")
    done(intake, "backup", str(tmp_path / "a.backup"))
    named = {"backup": tmp_path / "a.backup", "store": intake.url, "new": tmp_path / "new.db"}
    command = [word.format_map(named) for word in words]
    with intake.running() as daemon:
        refused = tried(intake, *command)
        assert (refused.status, refused.err.count("\n")) == (1, 1)
        assert "stop every daemon first" in refused.err
        daemon.kill()
    ended = tried(intake, *command)
    assert "stop every daemon first" not in ended.err
