"""What `explain` adds to the rules: usage from the command line, and directory files as the ground."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from intake.directory_files import DirectoryFile
from intake.explain import Counted, OnFiles
from intake.mail.parse import parse
from intake.shipped import read_policy
from rules.facts import Circumstances, Contact, Contract, Membership, Usage
from templates.render import Renderer

AT = datetime(2026, 3, 11, 9, tzinfo=UTC)
CONTRACT = Contract("C", "Alder", "irex", "standard", date(2026, 1, 1), date(2026, 12, 31))
OTHER = replace(CONTRACT, contract="G", policy="gold")
AROUND = Circumstances(AT, (Membership(Contact("a@b.example", "A", "C"), CONTRACT),), usage={"C": Usage(2, Decimal(5))})


def test_what_the_command_line_counts_replaces_what_is_known_and_nothing_else() -> None:
    assert Counted().put_into(AROUND) is AROUND
    assert Counted(incidents=7).put_into(AROUND).usage["C"] == Usage(7, Decimal(5))
    assert Counted(hours_spent=Decimal("1.5")).put_into(AROUND).usage["C"] == Usage(2, Decimal("1.5"))
    assert Counted(incidents=1).put_into(replace(AROUND, usage={})).usage["C"] == Usage(1)


def test_files_know_contacts_by_any_case_and_whole_domains_under_this_policy_alone() -> None:
    contacts = (
        Contact("Ana@Alder.example", "Ana", "C"),
        Contact("*@alder.example", "", "C"),
        Contact("ana@alder.example", "Ana", "G"),
    )
    policy = read_policy("irex", Renderer(None).letters()).policy
    ground = OnFiles(DirectoryFile((CONTRACT, OTHER), contacts), policy)

    def found(sender: str) -> list[tuple[str, str]]:
        mail = parse(f"From: {sender}\r\nSubject: x\r\n\r\nx\r\n".encode())
        around, ticket = ground.around(mail, AT)
        assert ticket is None
        return [(one.contact.email, one.contract.contract) for one in around.memberships]

    assert found("ANA@alder.example") == [("Ana@Alder.example", "C"), ("*@alder.example", "C")]
    assert found("bob@alder.example") == [("*@alder.example", "C")]
    assert found("bob@elsewhere.example") == []
