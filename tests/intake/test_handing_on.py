"""A case on its way to the distributor and back, on real servers: what each of them holds in the end."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from intake.mail.parse import parse
from rules.facts import Contact
from storage import directory, tickets
from tests.intake.distribution import CONTRACT, LEVEL_0, contract
from tests.intake.installation import Installation, Running, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

UMLAUTS = "Guten Tag,\n\nwie installieren wir den Client auf dem Rechner von Frau Müller?\n\nAna\n"


class Clinic:
    """An installation under a policy that forwards, and the people around it."""

    def __init__(self, home: Path, mailhost: Mailhost) -> None:
        self.host = mailhost
        self.intake = Installation(home / "intake", mailhost, mailhost.someone("support"), mailhost.someone("sam"))
        self.ana, self.dist = mailhost.someone("ana"), mailhost.someone("dist")
        config = self.intake.config.read_text()
        self.intake.config.write_text(config.replace('"irex"', '"onyxceph"'))
        with self.intake.store() as database, database.transaction() as tx:
            known = contract(distributor=self.dist)
            directory.replace(tx, [known], [Contact(self.ana, "Ana Ruiz", CONTRACT.contract)])

    def send(self, raw: bytes, sender: str) -> None:
        self.host.deliver(raw, self.intake.support, sender)

    def status(self, reference: str) -> str:
        with self.intake.store() as database, database.snapshot() as tx:
            found = tickets.by_reference(tx, reference)
        assert found is not None
        return found.status


@pytest.fixture
def clinic(mailhost: Mailhost, tmp_path: Path) -> Iterator[tuple[Clinic, Running]]:
    made = Clinic(tmp_path, mailhost)
    with made.intake.running() as running:
        yield made, running


def plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def enclosed(letter: EmailMessage) -> EmailMessage:
    (part,) = letter.iter_attachments()
    assert isinstance(part, EmailMessage)
    return part


def test_a_case_goes_to_the_distributor_and_comes_back_by_his_word(clinic: tuple[Clinic, Running]) -> None:
    there, _ = clinic
    support, dist, ana = there.intake.support, there.host.box(there.dist), there.host.box(there.ana)
    there.send(mail(f"Ana Ruiz <{there.ana}>", support, "Client", LEVEL_0), there.ana)
    assert there.dist in plain(ana.wait_for("[EX-1]"))
    forward = dist.wait_for("[EX-1]")
    assert there.status("EX-1") == "with_distributor"

    # what the IMAP server, a mail program and our own reader make of it
    with dist.session() as client:
        client.select_folder("INBOX", readonly=True)
        structure = client.fetch(client.search(), ["BODYSTRUCTURE"]).popitem()[1][b"BODYSTRUCTURE"]
    assert [part[:2] for part in structure[0][1:]] == [(b"message", b"rfc822")]
    customers = enclosed(forward).get_content()
    assert (customers["Subject"], customers.get_content().split()) == ("Client", LEVEL_0.split())
    (ours,) = there.host.box(support).raws("Intake/Processed")
    (letter,) = dist.raws()
    assert ours in letter
    assert [one.type for one in parse(letter).attachments] == ["message/rfc822"]

    forged = mail(there.ana, support, "Re: [EX-1] Client", "#escalate\n", In_Reply_To=forward["Message-ID"])
    there.send(forged, there.ana)
    notices = there.host.box(there.intake.staff)
    assert "not the address that it was forwarded to" in plain(notices.wait_for("Follow-up"))
    assert there.status("EX-1") == "with_distributor"

    answer = "#escalate\n\nThe installer stops at 80 %.\n\n> Hello,\n> A customer of yours has written\n"
    reply = mail(f"Dist <{there.dist}>", support, forward["Subject"], answer, In_Reply_To=forward["Message-ID"])
    there.send(reply, there.dist)
    assert "The installer stops at 80 %." in plain(notices.wait_for("Escalated"))
    assert "Our own support desk has ticket EX-1 now" in plain(ana.wait_for_count(2)[-1])
    assert there.status("EX-1") == "open"


def test_an_eight_bit_mail_arrives_at_the_distributor_with_its_very_bytes(clinic: tuple[Clinic, Running]) -> None:
    there, _ = clinic
    head = f"From: Ana <{there.ana}>\r\nTo: {there.intake.support}\r\nSubject: Müller\r\nMessage-ID: <8@clinic.example>"
    typed = "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    there.send((head + typed + "\r\n\r\n" + UMLAUTS.replace("\n", "\r\n")).encode(), there.ana)
    part = enclosed(there.host.box(there.dist).wait_for("[EX-1]"))
    (ours,) = there.host.box(there.intake.support).raws("Intake/Processed")
    assert not ours.isascii()
    assert (part.get_filename(), part.get_content()) == ("EX-1.eml", ours)
    assert parse(ours).text.split() == UMLAUTS.split()
