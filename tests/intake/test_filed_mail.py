"""A person's mails leave the folders of a real server, and nobody else's do."""

from pathlib import Path

import pytest

from rules.facts import Contact
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

PRICES = "Hello, I read about your product. Could you tell me what the support costs for a small firm of four people?"
PROCESSED = "Intake/Processed"
EVE = "eve@elsewhere.example"


def test_a_forgotten_persons_mails_leave_the_folders_and_nobody_elses(mailhost: Mailhost, tmp_path: Path) -> None:
    intake = Installation(tmp_path / "intake", mailhost, mailhost.someone("support"), "")
    intake.admit(Contact("ana@alder.example", "Ana Ruiz", "IR-STD"))
    box = mailhost.box(intake.support)
    hers = [mail(EVE, intake.support, f"Prices {number}", PRICES) for number in range(2)]
    longer = mail("steve@elsewhere.example", intake.support, "Prices", PRICES)
    for raw in (*hers, longer):
        box.append(raw)
    assert intake.once("--take-backlog").returncode == 0
    assert len(box.raws(PROCESSED)) == 3

    dry = intake.run("forget", EVE, "--folders", "--dry-run")
    assert (dry.returncode, len(box.raws(PROCESSED))) == (0, 3), dry.stderr
    told = intake.run("forget", EVE, "--folders")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "2 mail(s) deleted" in told.stdout
    assert [b"steve@" in raw for raw in box.raws(PROCESSED)] == [True]
    assert intake.run("reconcile", "--full").returncode == 0

    box.append(hers[0], PROCESSED)  # somebody puts it back
    box.append(mail(EVE, intake.support, "Never seen", PRICES), PROCESSED)
    again = intake.run("forget", EVE, "--folders")
    assert again.returncode == 1, "one of them is unknown, so it stays and is told"
    assert f"{PROCESSED}: 1 mail(s) deleted; 1 of theirs are none that were erased" in again.stdout
    assert len(box.raws(PROCESSED)) == 2
