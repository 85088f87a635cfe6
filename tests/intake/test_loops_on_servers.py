"""A program at a customer's that answers every letter of ours, on real servers, until the daemon stops it."""

import json
from pathlib import Path

import pytest

from rules.facts import Contact
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

MOST = 8


def test_a_program_that_answers_everything_gets_three_letters_and_status_says_so(
    mailhost: Mailhost, tmp_path: Path
) -> None:
    support, sam, bot = (mailhost.someone(name) for name in ("support", "sam", "bot"))
    intake = Installation(tmp_path / "intake", mailhost, support, sam)
    intake.admit(Contact(bot, "A program", "IR-STD"))
    box = mailhost.box(bot)
    with intake.running():
        for number in range(1, MOST):
            text = (
                f"Thank you for your mail. It has the number {number * 7919}, and a colleague will look into it soon."
            )
            mailhost.deliver(mail(bot, support, f"We have your mail #{number}", text), support, bot)
            mailhost.box(sam).wait_for_count(number, seconds=30)
            if "withheld" in intake.letters():
                break
            box.wait_for_count(number, seconds=30)
        assert mailhost.box(sam).wait_for("A loop was stopped")
        told = intake.run("status", "--json")
    assert len(box.wait_for_count(3)) == 3
    (loop,) = json.loads(told.stdout)["loops"]
    assert (told.returncode, loop["scope"], loop["key"], loop["reference"]) == (1, "address", bot, "EX-4")
    assert f"`intake unmute {bot}`" in " ".join(json.loads(told.stdout)["problems"])
    shown = intake.run("status").stdout
    assert "loop stopped" in shown
    assert intake.run("unmute", bot).returncode == 0
    assert json.loads(intake.run("status", "--json").stdout)["loops"] == []
