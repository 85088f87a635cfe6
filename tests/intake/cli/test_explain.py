"""`intake explain`: the object that scripts hold on to, from files alone and from the database."""

import json
from pathlib import Path

import pytest

from tests.intake.cli.shell import CONFIG, MAIL, house, intake, opened

KEYS = ["message", "message_id", "kind", "outcome", "sender", "contact", "organization", "contract", "plan", "language",
        "language_confidence", "topic", "gates", "failed", "flags", "template", "queue", "forward_to", "severity",
        "severity_why", "first_response_due", "resolution_due", "reminders", "policy", "policy_version"]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    house(tmp_path)
    return tmp_path


def explained(files: Path, *options: object, mail: str = "mail.eml") -> dict[str, object]:
    ended = intake("explain", "--json", "--policy", "irex", "--directory", files, *options, files / mail)
    assert (ended.status, ended.err) == (0, "")
    (told,) = ended.objects
    return told


def test_the_object_has_the_promised_keys(files: Path) -> None:
    told = explained(files)
    assert list(told)[: len(KEYS)] == KEYS
    assert (told["kind"], told["outcome"], told["contract"]) == ("request", "accepted", "IR-STD")
    assert (told["sender"], told["contact"], told["plan"]) == ("ana@alder.example", "Ana Ruiz", "standard")
    assert (told["template"], told["queue"], told["failed"]) == ("acknowledgement", "support", [])
    assert {gate["verdict"] for gate in told["gates"]} <= {"pass", "skip"}  # type: ignore[attr-defined]
    assert str(told["policy_version"]).startswith("sha256:")


def test_the_time_is_the_mails_own_unless_another_is_given(files: Path) -> None:
    assert str(explained(files)["first_response_due"]).startswith("2026-03-1")
    assert str(explained(files, "--at", "2027-06-01T09:00:00+02:00")["first_response_due"]).startswith("2027-06-0")


def test_who_is_no_contact_is_declined_and_that_is_no_failure_of_the_command(files: Path) -> None:
    (files / "stranger.eml").write_bytes(MAIL.replace(b"ana@alder", b"eve@elsewhere"))
    told = explained(files, mail="stranger.eml")
    assert (told["outcome"], told["failed"], told["template"]) == ("declined", ["contact"], "declined_contact")


def test_an_unreadable_mail_is_told_with_the_same_keys(files: Path) -> None:
    (files / "empty.eml").write_bytes(b"")
    told = explained(files, mail="empty.eml")
    assert set(KEYS) <= set(told)
    assert (told["kind"], told["outcome"], told["defects"]) == ("unreadable", None, ["the mail is empty"])


def test_a_policy_file_of_ones_own_is_used(files: Path) -> None:
    from intake.shipped import policy_file

    (files / "ours.toml").write_text(policy_file("irex").read_text(encoding="utf-8"), encoding="utf-8")
    (files / "contracts.csv").write_text((files / "contracts.csv").read_text().replace(",irex,", ",ours,"))
    ended = intake("explain", "--json", "--policy", files / "ours.toml", "--directory", files, files / "mail.eml")
    assert [told["policy"] for told in ended.objects] == ["ours"]


def test_people_see_verdict_gates_and_promise(files: Path) -> None:
    shown = intake("explain", "--policy", "irex", "--directory", files, files / "mail.eml").out
    assert "mail.eml: request, accepted, severity 2" in shown
    assert "means:        production is badly slowed down" in shown
    assert "ana@alder.example" in shown
    assert "subscription" in shown
    assert "first answer:" in shown


def test_a_faulty_directory_is_one_line(files: Path) -> None:
    (files / "contracts.csv").write_text((files / "contracts.csv").read_text().replace("standard", "golden"))
    ended = intake("explain", "--json", "--policy", "irex", "--directory", files, files / "mail.eml")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "row 2, column plan" in ended.err


def test_the_database_is_the_directory_where_no_files_are_given(files: Path) -> None:
    config = files / "intake.toml"
    assert "intake db upgrade" in intake("explain", files / "mail.eml", "--config", config).err
    intake("db", "upgrade", "--config", config)
    (stranger,) = intake("explain", "--json", "--config", config, files / "mail.eml").objects
    assert stranger["failed"] == ["contact"]
    intake("directory", "import", files / "contracts.csv", files / "contacts.csv", "--config", config)
    (known,) = intake("explain", "--json", "--config", config, files / "mail.eml").objects
    assert (known["outcome"], known["organization"]) == ("accepted", "Alder Security")


def test_of_several_mailboxes_one_is_named(files: Path) -> None:
    second = CONFIG.partition("[[mailbox]]")[2].partition("[[staff]]")[0]
    second = (
        second.replace('"support"', '"sales"')
        .replace('"EX"', '"SA"')
        .replace('username = "support@', 'username = "sales@')
    )
    config = opened(files)
    config.write_text(f"{config.read_text()}\n[[mailbox]]{second}", encoding="utf-8")
    ended = intake("explain", "--config", config, files / "mail.eml")
    assert (ended.status, "--mailbox (support, sales)" in ended.err) == (2, True)
    ended = intake("explain", "--json", "--mailbox", "sales", "--config", config, files / "mail.eml")
    assert [one["outcome"] for one in ended.objects] == ["accepted"]


def test_a_follow_up_names_its_ticket(files: Path) -> None:
    config = opened(files, MAIL)
    (files / "again.eml").write_bytes(MAIL.replace(b"<1@", b"<9@").replace(b"Search", b"Re: [EX-1] Search"))
    (told,) = intake("explain", "--json", "--config", config, files / "again.eml").objects
    assert (told["kind"], told["outcome"], told["ticket"]) == ("follow_up", None, "EX-1")
    assert "follow up of EX-1" in intake("explain", "--config", config, files / "again.eml").out


def test_staff_of_the_configuration_are_known_when_the_database_is_used(files: Path) -> None:
    config = files / "intake.toml"
    intake("db", "upgrade", "--config", config)
    (files / "staff.eml").write_bytes(MAIL.replace(b"ana@alder.example>", b"sam@example.com>", 1))
    (told,) = intake("explain", "--json", "--config", config, files / "staff.eml").objects
    assert (told["kind"], told["outcome"]) == ("staff", None)


SHARED = Path(__file__).parents[3] / "../shared/cases/irex"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared policy cases are not here")
def test_the_shared_policy_cases_hold() -> None:
    for spec in sorted(SHARED.glob("*.json")):
        case = json.loads(spec.read_text(encoding="utf-8"))
        at, mail = case["at"], spec.with_suffix(".eml")
        options = ["--policy", case["policy"], "--directory", spec.parent / "directory", "--at", at, *case["args"]]
        (told,) = intake("explain", "--json", *options, mail).objects
        plain = {
            key: want for key, want in case["expect"].items() if key in ("outcome", "failed", "severity", "template")
        }
        assert {key: told[key] for key in plain} == plain, spec.stem


def test_a_person_is_told_what_spoke_for_the_severity_and_what_only_set_the_tone(files: Path) -> None:
    lines = [
        b"From: ana@alder.example", b"Subject: Morning round", b"Message-ID: <a2@alder.example>", b"",
        b"Not one of our 60 guards has had a picture since this morning. They walk the halls with torches, and we",
        b"put the old recorder back, which shows the same grey squares. The manual says nothing about that.",
    ]  # fmt: skip
    (files / "night.eml").write_bytes(b"\r\n".join(lines))
    shown = intake("explain", "--policy", "irex", "--directory", files, files / "night.eml").out
    told = {name.strip(): said for name, _, said in (line.partition(":") for line in shown.splitlines())}
    assert "“since this morning” (onset)" in told["for 1"]
    assert "“" not in told["tone"]
    assert "one" in told["tone"] or "not" in told["tone"].casefold()
