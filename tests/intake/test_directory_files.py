"""The directory's CSV files: what is read, and how every fault is told."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.addresses import is_address, is_wildcard
from intake.directory_files import DirectoryFaults, DirectoryFile, DirectoryRules, one_year_from, read

RULES = {
    "irex": DirectoryRules(frozenset({"standard", "premier"})),
    "open": DirectoryRules(frozenset({"all"}), whole_domains=True),
    "pair": DirectoryRules(frozenset({"technical"}), most_contacts=2, needs_account_manager=True),
    "passing": DirectoryRules(frozenset({"all"}), forwards_to=("distributor", "support_partner")),
}
CONTRACTS = """\
contract,organization,policy,plan,starts,ends,paid,version,account_manager,distributor,support_partner,expert_hours
IR-1,"Alder, Security",irex,standard,2026-02-01,,,5.2,am@x.example,,,7.5
IR-2,Birch,irex,premier,2026-01-01,2026-06-30,no,,,,,
"""
CONTACTS = """\
email,name,contract,role,trainings,language
ana@alder.example,Ana Ruiz,IR-1,admin,toolkit; interfaces,EN
Bea@Birch.example,Bea Lind,IR-2,end_user,,
"""


def reading(tmp_path: Path, contracts: str = CONTRACTS, contacts: str = CONTACTS) -> DirectoryFile | DirectoryFaults:
    (tmp_path / "contracts.csv").write_bytes(contracts.encode())
    (tmp_path / "contacts.csv").write_bytes(contacts.encode())
    return read(tmp_path / "contracts.csv", tmp_path / "contacts.csv", RULES)


def good(tmp_path: Path, contracts: str = CONTRACTS, contacts: str = CONTACTS) -> DirectoryFile:
    found = reading(tmp_path, contracts, contacts)
    assert isinstance(found, DirectoryFile), found
    return found


def told(
    tmp_path: Path, contracts: str = CONTRACTS, contacts: str = CONTACTS
) -> list[tuple[str, int | None, str, str]]:
    found = reading(tmp_path, contracts, contacts)
    assert isinstance(found, DirectoryFaults)
    return [(fault.file.stem, fault.row, fault.column, fault.reason) for fault in found.faults]


def test_good_files_become_contracts_and_contacts(tmp_path: Path) -> None:
    directory = good(tmp_path)
    first, second = directory.contracts
    assert (first.organization, first.starts, first.ends) == ("Alder, Security", date(2026, 2, 1), date(2027, 1, 31))
    assert (first.paid, first.version, first.expert_hours) == (True, "5.2", Decimal("7.5"))
    assert (second.ends, second.paid, second.expert_hours) == (date(2026, 6, 30), False, Decimal(0))
    ana, bea = directory.contacts
    assert (ana.trainings, ana.language) == (("toolkit", "interfaces"), "en")
    assert (bea.email, bea.role) == ("Bea@Birch.example", "end_user")


@pytest.mark.parametrize(
    "dress", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n"), lambda t: t + "\n,,,,,\n"]
)
def test_what_spreadsheets_do_to_a_file_is_forgiven(tmp_path: Path, dress: object) -> None:
    assert callable(dress)
    assert good(tmp_path, contacts=dress(CONTACTS)).contacts == good(tmp_path).contacts


def test_columns_may_stand_in_any_order_and_optional_ones_be_absent(tmp_path: Path) -> None:
    contracts = "plan,policy,starts,organization,contract\nstandard,irex,2026-01-01,Alder,IR-1\n"
    contacts = "role,contract,email\nadmin,IR-1,a@b.example\n"
    assert good(tmp_path, contracts, contacts).contracts[0].ends == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "words"),
    [
        ("premier", "premium", 3, "plan", 'did you mean "premier"'),
        (",irex,premier", ",irx,premier", 3, "policy", 'did you mean "irex"'),
        ("2026-01-01", "01/02/2026", 3, "starts", "2026-01-31"),
        ("2026-01-01", "20260101", 3, "starts", "2026-01-31"),
        ("2026-01-01", "", 3, "starts", "is empty"),
        ("2026-06-30", "2025-06-30", 3, "ends", "before starts"),
        (",no,", ",perhaps,", 3, "paid", "neither"),
        ("7.5", "7,5", 2, "", "13 fields"),
        ("7.5", "many", 2, "expert_hours", "no decimal"),
        ("7.5", "-1", 2, "expert_hours", "no number"),
        ("7.5", "NaN", 2, "expert_hours", "no number"),
        ("am@x.example", "am@x.example;b@x.example", 2, "account_manager", "not one"),
        ("IR-2", "IR-1", 3, "contract", "row 2 already"),
        ("Birch", "", 3, "organization", "is empty"),
        ("Birch", '"Bi\nrch"', 3, "organization", "line break"),
        ("Birch", '"Bi"rch', 3, "", "not CSV"),
        ("Birch", "x" * 501, 3, "organization", "longer than"),
        ("account_manager", "acount_manager", 1, "acount_manager", 'did you mean "account_manager"'),
        ("organization", "plan", 1, "plan", "twice"),
    ],
)
def test_a_faulty_contract_is_named(tmp_path: Path, old: str, new: str, row: int, column: str, words: str) -> None:
    faults = told(tmp_path, contracts=CONTRACTS.replace(old, new))
    assert ("contracts", row, column) in [fault[:3] for fault in faults]
    assert any(words in fault[3] for fault in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "words"),
    [
        ("ana@alder.example", "ana at alder", 2, "email", "not an e-mail address"),
        ("ana@alder.example", "*@alder.example", 2, "email", "whole domain"),
        ("IR-2", "IR-3", 3, "contract", 'no contract "IR-3"'),
        ("end_user", "enduser", 3, "role", 'did you mean "end_user"'),
        ("end_user", "", 3, "role", "is empty"),
        (",EN", ",English!", 2, "language", "no language"),
        ("Bea@Birch.example,Bea Lind,IR-2", "ANA@alder.example,Ana,IR-1", 3, "email", "already"),
        ("Ana Ruiz", "Ana\x1b[2JRuiz", 2, "name", "control character"),
    ],
)
def test_a_faulty_contact_is_named(tmp_path: Path, old: str, new: str, row: int, column: str, words: str) -> None:
    ((file, *place, reason),) = told(tmp_path, contacts=CONTACTS.replace(old, new))
    assert (file, *place) == ("contacts", row, column)
    assert words in reason


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    faults = told(tmp_path, CONTRACTS.replace("premier", "x").replace(",no,", ",y,"), CONTACTS.replace("end_user", "z"))
    assert [fault[:3] for fault in faults] == [
        ("contracts", 3, "plan"),
        ("contracts", 3, "paid"),
        ("contacts", 3, "role"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_says_what_its_header_would_be(tmp_path: Path, text: str) -> None:
    faults = told(tmp_path, contacts=text)
    assert ("email,name,contract" in faults[0][3], faults[0][1]) == (True, None)


def test_semicolons_are_recognised(tmp_path: Path) -> None:
    assert "separated by ;" in told(tmp_path, contacts=CONTACTS.replace(",", ";"))[0][3]


def test_another_character_set_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "contracts.csv").write_text(CONTRACTS)
    (tmp_path / "contacts.csv").write_bytes(CONTACTS.replace("Lind", "Lünd").encode("latin-1"))
    found = read(tmp_path / "contracts.csv", tmp_path / "contacts.csv", RULES)
    assert isinstance(found, DirectoryFaults)
    assert [(fault.row, fault.reason[:12]) for fault in found.faults] == [(3, "is not UTF-8")]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found = read(tmp_path / "none.csv", tmp_path / "nor.csv", RULES)
    assert isinstance(found, DirectoryFaults)
    assert [str(fault) for fault in found.faults] == [
        f"{tmp_path}/none.csv: cannot be read (No such file or directory)",
        f"{tmp_path}/nor.csv: cannot be read (No such file or directory)",
    ]


def test_a_whole_domain_is_taken_where_the_policy_allows_it(tmp_path: Path) -> None:
    contracts = "contract,organization,policy,plan,starts\nO,Oak,open,all,2026-01-01\n"
    assert (
        good(tmp_path, contracts, "email,contract,role\n*@Oak.example,O,admin\n").contacts[0].email == "*@Oak.example"
    )


def test_a_contract_names_no_more_contacts_than_its_policy_allows(tmp_path: Path) -> None:
    contracts = "contract,organization,policy,plan,starts\nP,Pine,pair,technical,2026-01-01\n"
    contacts = "email,name,contract,role\na@p.example,Ann,P,admin\nb@p.example,Bob,P,admin\n"
    directory = good(tmp_path, contracts, contacts)
    assert ["P has no account manager" in warning.reason for warning in directory.warnings] == [True]
    ((_, row, column, reason),) = told(tmp_path, contracts, contacts + "c@p.example,,P,admin\n")
    assert (row, column) == (2, "contract")
    assert "P names 3 contacts (Ann, Bob, c@p.example) where pair allows 2" in reason


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2026-02-01", "2027-01-31"),
        ("2026-01-01", "2026-12-31"),
        ("2024-02-29", "2025-02-28"),
        ("2023-03-01", "2024-02-29"),
    ],
)
def test_a_year_ends_on_the_day_before(starts: str, ends: str) -> None:
    assert one_year_from(date.fromisoformat(starts)) == date.fromisoformat(ends)


def test_a_contract_without_those_whom_its_policy_forwards_to_is_noted_and_no_fault(tmp_path: Path) -> None:
    rows = "F-1,Fir,passing,all,2026-02-01,,,,,d@x.example,,\nF-2,Fig,passing,all,2026-02-01,,,,,,,\n"
    found = good(tmp_path, CONTRACTS + rows)
    assert found.warnings == ()
    assert [(note.row, note.column) for note in found.notes] == [
        (4, "support_partner"),
        (5, "distributor"),
        (5, "support_partner"),
    ]
    assert found.notes[0].reason == "F-1 has no support partner; what goes to one stays with support"


@given(st.dates(max_value=date(9990, 1, 1)))
def test_a_year_has_a_year_of_days(starts: date) -> None:
    assert one_year_from(starts) - starts in (timedelta(364), timedelta(365))


@given(st.lists(st.lists(st.text(max_size=30), min_size=6, max_size=6), max_size=5))
def test_whatever_a_file_holds_the_answer_is_a_value(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    directory = tmp_path_factory.getbasetemp()
    text = io.StringIO()
    csv.writer(text).writerows([["email", "name", "contract", "role", "trainings", "language"], *table])
    (directory / "c.csv").write_text(CONTRACTS)
    (directory / "p.csv").write_bytes(text.getvalue().encode("utf-8", "replace"))
    assert isinstance(read(directory / "c.csv", directory / "p.csv", RULES), DirectoryFile | DirectoryFaults)


@pytest.mark.parametrize(
    "address", ["a@b.example", "o'neil+x@sub.b-c.example", "ünï@käse.example", "root@localhost", "a.b@1.example"]
)
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c",
        "<a@b.example>",
        "a@-b.example",
        "a@b..example",
        "a@b.example\n",
        "a..b@c.example",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_only_a_star_before_a_domain_means_everybody() -> None:
    assert is_wildcard("*@b.example")
    assert [text for text in ("*", "*@", "a*@b.example", "*@b..c", "a@b.example") if is_wildcard(text)] == []
