"""The published cases of every policy hold when its rules are called directly."""

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email import policy as email_policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cache
from pathlib import Path

import pytest

from rules import senders
from rules.decide import decide
from rules.facts import Address, Circumstances, Contact, Contract, Decision, Mail, Membership, Usage
from rules.reading import read
from tests.rules.samples import SHARED, shipped

CASES = SHARED / "cases"


def specs() -> list[Path]:
    return sorted(CASES.glob("*/*.json"))


def rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def directory(folder: Path) -> tuple[Membership, ...]:
    contracts = {}
    for row in rows(folder / "contracts.csv"):
        starts = date.fromisoformat(row["starts"])
        ends = date.fromisoformat(row["ends"]) if row["ends"] else starts.replace(year=starts.year + 1) - timedelta(1)
        contracts[row["contract"]] = Contract(
            contract=row["contract"],
            organization=row["organization"],
            policy=row["policy"],
            plan=row["plan"],
            starts=starts,
            ends=ends,
            paid=row["paid"] != "no",
            version=row["version"],
            account_manager=row["account_manager"],
            distributor=row["distributor"],
            support_partner=row["support_partner"],
            expert_hours=Decimal(row["expert_hours"] or 0),
        )
    return tuple(
        Membership(
            Contact(row["email"], row["name"], row["contract"], row["role"], tuple(row["trainings"].split(";"))),
            contracts[row["contract"]],
        )
        for row in rows(folder / "contacts.csv")
    )


def mail_of(file: Path) -> Mail:
    raw = file.read_bytes()
    message = message_from_bytes(raw, policy=email_policy.default)
    assert isinstance(message, EmailMessage)
    name, address = parseaddr(str(message["From"]))
    text = message.get_content()
    return Mail(str(message["Message-ID"]), Address(address, name), str(message["Subject"]), text, text, "0", len(raw))


def decided(spec: Path) -> Decision:
    case = json.loads(spec.read_text(encoding="utf-8"))
    policy = shipped(case["policy"])
    mail = mail_of(spec.with_suffix(".eml"))
    assert mail.sender is not None
    memberships = tuple(
        member
        for member in directory(spec.parent / "directory")
        if member.contract.policy == policy.name and senders.matches(member.contact, mail.sender)
    )
    said = dict(zip(case["args"][::2], case["args"][1::2], strict=True))
    used = Usage(int(said.get("--incidents", 0)), Decimal(said.get("--hours-spent", 0)))
    usage = {member.contract.contract: used for member in memberships}
    around = Circumstances(datetime.fromisoformat(case["at"]), memberships, usage)
    return decide(mail, read(mail, policy), around, policy)


@pytest.mark.skipif(not CASES.exists(), reason="the published cases are not beside the project")
@pytest.mark.parametrize("spec", specs(), ids=lambda spec: f"{spec.parent.name}/{spec.stem}")
def test_a_published_case_holds(spec: Path) -> None:
    decision = decided(spec)
    for key, wanted in json.loads(spec.read_text(encoding="utf-8"))["expect"].items():
        got = getattr(decision, key)
        if key == "failed":
            assert [gate.value for gate in got] == wanted
        elif key.endswith("_due") and wanted:
            assert got == datetime.fromisoformat(wanted)
        elif key == "flags":
            assert set(wanted) <= set(got)
        elif key == "reminders":
            assert [(one["to"], datetime.fromisoformat(one["at"])) for one in wanted] == [
                (one.to, one.at) for one in got
            ]
            assert [one.get("every") for one in wanted] == [one.every for one in got]
        else:
            assert got == wanted, (key, decision.why, decision.severity_why)
