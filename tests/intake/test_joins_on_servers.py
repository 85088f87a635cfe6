"""`#merge` and `#split` from a mail client's mail to the customers' mailboxes, on real servers."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from rules.facts import Contact
from storage import tickets
from storage.tickets import Ticket
from tests.intake.desk_work import plain, reply
from tests.intake.installation import Installation, mail
from tests.intake.private_text import private_text_in
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

SECRET = "The recordings of the northern vault are kept for ninety days."


def test_what_goes_together_and_what_goes_apart_and_who_is_not_on_it(mailhost: Mailhost, tmp_path: Path) -> None:
    support, sam, ana, bea = (mailhost.someone(name) for name in ("support", "sam", "ana", "bea"))
    intake = Installation(tmp_path / "intake", mailhost, support, sam)
    intake.admit(Contact(ana, "Ana Ruiz", "IR-STD"), Contact(bea, "Bea", "IR-PRE"))
    of_sam, of_ana, of_bea = (mailhost.box(one) for one in (sam, ana, bea))

    def send(raw: bytes, sender: str) -> None:
        mailhost.deliver(raw, support, sender)

    def answers(subject: str, sender: str, text: str) -> None:
        """A reply to the letter of this subject in the sender's own mailbox."""
        send(reply(mailhost.box(sender).wait_for(subject), sender, text), sender)

    with intake.running():
        send(mail(ana, support, "A setting", f"{SECRET} What is the default?"), ana)
        of_ana.wait_for("[EX-1]")
        send(mail(ana, support, "The same setting", "I forgot: we have version 5."), ana)
        acknowledged = of_ana.wait_for("[EX-1]")
        of_ana.wait_for("[EX-2]")

        answers("[EX-1] New ticket", sam, "#merge EX-2")
        assert "EX-1 is closed; what is written to it lands on EX-2 now." in words(of_sam.wait_for("Done: "))

        answers("[EX-1] A setting", ana, "Where is the log of it?")
        assert "Where is the log of it?" in words(of_sam.wait_for("[EX-2] Follow-up"))

        # Ana has shown it to somebody of another contract, who answers it
        send(reply(acknowledged, bea, "Could we have the answer, too?"), bea)
        told = words(of_sam.wait_for("[EX-3] New ticket"))
        assert f"It names EX-2, but {bea} is not on that ticket." in told
        assert "[EX-3]" in of_bea.wait_for("[EX-3]")["Subject"]

        answers("[EX-2] Follow-up", sam, "#split\n\nIt is in the folder of the service.")
        answer = of_ana.wait_for("[EX-4]", seconds=20)
        letters = of_ana.wait_for_count(4)
        of_sam.wait_for("[EX-4] Done")
    assert len(of_bea.wait_for_count(1)) == 1
    assert SECRET.split()[4] not in words(of_bea.wait_for("[EX-3]"))
    subjects = sorted(str(one["Subject"]) for one in letters)
    assert [one.partition("]")[0] for one in subjects] == ["Re: [EX-1", "Re: [EX-2", "Re: [EX-4", "Re: [EX-4"]
    by_sam = [one for one in letters if "Sam Field" in str(one["From"])]
    assert [plain(one).strip() for one in by_sam] == ["It is in the folder of the service."]
    assert answer["To"] is not None
    assert [found(intake, f"EX-{number}").contract for number in (1, 2, 3, 4)] == [
        "IR-STD",
        "IR-STD",
        "IR-PRE",
        "IR-STD",
    ]
    assert [found(intake, f"EX-{number}").status for number in (1, 2, 4)] == ["closed", "open", "waiting"]
    with intake.store() as database:
        assert private_text_in(database) == []


def words(letter: EmailMessage) -> str:
    return " ".join(plain(letter).split())


def found(intake: Installation, reference: str) -> Ticket:
    with intake.store() as database, database.snapshot() as tx:
        ticket = tickets.by_reference(tx, reference)
    assert ticket is not None
    return ticket
