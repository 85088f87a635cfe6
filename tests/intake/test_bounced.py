"""Bounces and copies on real servers: Postfix cannot deliver a letter and says so, and a mail comes by two aliases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.facts import Contact
from storage import bounces, mutes, tickets
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

DOWN = "Hello,\n\nour production server is completely down and nobody can log in. We have no workaround.\n\nAna\n"
UNKNOWN = "~ana@example.test"
"""Postfix takes a letter to it, Dovecot has no such user, and Postfix sends the letter back."""


@pytest.fixture
def intake(mailhost: Mailhost, tmp_path: Path) -> Installation:
    return Installation(tmp_path / "intake", mailhost, mailhost.someone("support"), mailhost.someone("sam"))


def muted(intake: Installation) -> list[tuple[str, str | None]]:
    with intake.store() as database, database.snapshot() as tx:
        return [(one.address, one.reference) for one in mutes.newest(tx, 9)]


def test_a_letter_that_the_mail_server_sends_back_mutes_its_address_and_is_told_to_staff(intake: Installation) -> None:
    intake.admit(Contact(UNKNOWN, "Ana Ruiz", "IR-STD"))
    host, staff = intake.mailhost, intake.mailhost.box(intake.staff)
    with intake.running():
        host.deliver(mail(UNKNOWN, intake.support, "Server down", DOWN), intake.support, UNKNOWN)
        notice = staff.wait_for("Letter not delivered")
    text = " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert f"The acknowledgement to {UNKNOWN} came back. The mail server there says 5.1.1." in text
    with intake.store() as database, database.snapshot() as tx:
        ticket = tickets.by_reference(tx, "EX-1")
        assert ticket is not None
        assert ticket.status == "open"
        (back,) = bounces.of_ticket(tx, ticket.ticket_id)
        assert (back.address, back.status, back.final) == (UNKNOWN, "5.1.1", True)
        assert "bounce" in [event.kind for event in tickets.events(tx, ticket.ticket_id)]
    assert muted(intake) == [(UNKNOWN, "EX-1")]
    assert intake.ends() == {"ticket": 1, "ignored": 1}
    assert intake.run("severity", "EX-1", "3").returncode == 0
    assert intake.letters()["withheld"] == 1
    host.deliver(mail(UNKNOWN, intake.support, "Re: [EX-1] Server down", "Hello?"), intake.support, UNKNOWN)
    intake.at(datetime.now(UTC))
    assert muted(intake) == []


def test_a_notice_to_staff_that_comes_back_moves_nothing_and_comes_to_an_end(
    mailhost: Mailhost, tmp_path: Path
) -> None:
    intake = Installation(tmp_path / "intake", mailhost, mailhost.someone("support"), "~sam@example.test")
    ana = mailhost.someone("ana")
    intake.admit(Contact(ana, "Ana Ruiz", "IR-STD"))
    mailhost.deliver(mail(ana, intake.support, "Server down", DOWN), intake.support, ana)
    intake.at(datetime.now(UTC))
    mailhost.box(intake.support).wait_for("Undelivered")
    intake.at(datetime.now(UTC))
    assert intake.ends() == {"ticket": 1, "ignored": 1}
    assert intake.letters() == {"sent": 2}
    assert muted(intake) == []


def test_a_mail_to_two_aliases_of_the_mailbox_is_one_ticket(intake: Installation) -> None:
    """The two copies have other trace headers, as the mailbox holds them."""
    ana, host = intake.mailhost.someone("ana"), intake.mailhost
    intake.admit(Contact(ana, "Ana Ruiz", "IR-STD"))
    local, _, domain = intake.support.partition("@")
    alias = f"{local}+info@{domain}"
    raw = mail(ana, f"{intake.support}, {alias}", "Server down", DOWN)
    for to in (intake.support, alias):
        host.deliver(raw, to, ana)
    host.box(intake.support).wait_for_count(2)
    first, second = host.box(intake.support).raws()
    assert first != second
    intake.at(datetime.now(UTC))
    assert intake.ends() == {"ticket": 1, "duplicate": 1}
    host.box(ana).wait_for("Re: [EX-1] Server down")
    assert len(host.box(ana).uids()) == 1
