"""The look at everything that can be wrong without a server."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from intake.checkup import check
from intake.shipped import policy_file
from tests.intake.cli.shell import CONFIG, house


def told(config: Path) -> list[tuple[str, str]]:
    return [(fault.file.name, fault.key) for fault in check(config).faults]


def test_a_good_house_has_no_faults(tmp_path: Path) -> None:
    found = check(house(tmp_path))
    assert (found.faults, found.warnings) == ([], [])
    assert found.policies["support"].name == "irex"


def test_a_missing_password_does_not_hide_a_faulty_policy(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace('"irex"', '"ours.toml"'))
    text = policy_file("irex").read_text(encoding="utf-8")
    (tmp_path / "ours.toml").write_text(text.replace("timezone =", "timezon =", 1), encoding="utf-8")
    (tmp_path / "password").unlink()
    faults = told(config)
    assert ("intake.toml", "mailbox[0].imap.password_file") in faults
    assert ("ours.toml", "timezon") in faults


@pytest.mark.parametrize(("policy", "problem"), [("irx", "irx is no shipped policy"), ("no.toml", "no.toml cannot be")])
def test_a_policy_that_is_not_there_is_a_fault_of_the_line_that_names_it(
    tmp_path: Path, policy: str, problem: str
) -> None:
    config = house(tmp_path, CONFIG.replace('"irex"', f'"{policy}"'))
    (fault,) = check(config).faults
    assert (fault.file, fault.line, fault.key) == (config, 7, "mailbox[0].policy")
    assert problem in fault.problem
    assert fault.remedy


def test_a_slip_in_a_template_is_told_with_its_file(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace('ticket_prefix = "EX"', 'ticket_prefix = "EX"\ntemplates = "letters"'))
    assert told(config) == [("intake.toml", "mailbox[0].templates")]
    (tmp_path / "letters" / "en").mkdir(parents=True)
    assert told(config) == []
    (tmp_path / "letters" / "en" / "held.txt").write_text("Subject: x\n\n{{ no_such_value }}\n")
    assert ("held.txt", "") in told(config)


@pytest.mark.parametrize(
    ("key", "notes"), [("", 1), ('authserv_id = "mx.example.com"', 0), ('authserv_id = "m365"', 0)]
)
def test_a_mailbox_that_believes_every_sender_is_told_what_that_means(tmp_path: Path, key: str, notes: int) -> None:
    found = check(house(tmp_path, CONFIG.replace('ticket_prefix = "EX"', f'ticket_prefix = "EX"\n{key}')))
    told = [note for note in found.notes if note.key == "mailbox[0].authserv_id"]
    assert (found.faults, len(told)) == ([], notes)
    assert all("forged" in note.problem and "m365" in note.remedy for note in told)


def test_signatures_are_not_checked_without_the_library_for_it(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace('ticket_prefix = "EX"', 'ticket_prefix = "EX"\ndkim = true'))
    expected = [] if find_spec("dkim") else [("intake.toml", "mailbox[0].dkim")]
    assert told(config) == expected
    assert [note.key for note in check(config).notes if "authserv_id" in note.key] == []


def test_a_queue_that_nobody_knows_is_worth_a_warning(tmp_path: Path) -> None:
    found = check(house(tmp_path, CONFIG.replace('"senior"]', '"senoir"]')))
    assert found.faults == []
    (warning,) = found.warnings
    assert (warning.key, warning.remedy) == ("staff[0].queues", 'did you mean "senior"?')


def test_a_desk_without_people_is_worth_a_warning(tmp_path: Path) -> None:
    found = check(house(tmp_path, CONFIG.partition("[[staff]]")[0]))
    assert [warning.key for warning in found.warnings] == ["staff"]


def test_a_pager_for_a_queue_that_is_spelt_otherwise_is_worth_a_warning(tmp_path: Path) -> None:
    """Nothing would ever page it; and that nobody is on the queue itself is told as well."""
    text = CONFIG.replace('"irex"', '"lumedx"') + '[queues.oncall]\nnotify = ["p@example.com"]\n'
    found = check(house(tmp_path, text))
    assert found.faults == []
    told = {warning.key: (warning.problem, warning.remedy) for warning in found.warnings}
    assert told["queues.oncall"] == ('no policy has a queue "oncall"', 'did you mean "on_call"?')
    assert told["queues"][0] == 'nobody is on "on_call", which lumedx reminds'


def test_a_queue_with_a_shift_is_manned(tmp_path: Path) -> None:
    shift = 'hours = ["always"]\ntimezone = "UTC"\nnotify = ["p@example.com"]\n'
    text = CONFIG.replace('"irex"', '"lumedx"') + f"[[queues.on_call.shift]]\n{shift}"
    assert [one.key for one in check(house(tmp_path, text)).warnings if one.key.startswith("queues")] == []
