"""The directory is what the last import said, and nothing else."""

from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from rules.facts import Membership
from storage import directory
from storage.database import Database
from storage.directory import Change
from tests.storage import samples

STD, PRO = samples.contract("IR-STD"), samples.contract("IR-PRO", plan="pro", paid=False, expert_hours=Decimal("0.1"))
ANA, BO = samples.contact("Ana@Alder.example"), samples.contact("bo@birch.example", "IR-PRO", role="end_user")
ALL_OF_BIRCH = samples.contact("*@birch.example", "IR-STD", name="", trainings=())


@pytest.fixture
def filled(database: Database) -> Database:
    with database.transaction() as tx:
        directory.replace(tx, [STD, PRO], [ANA, BO, ALL_OF_BIRCH])
    return database


def test_contracts_and_contacts_come_back_as_they_were(filled: Database) -> None:
    with filled.snapshot() as tx:
        assert directory.all_contracts(tx) == [PRO, STD]
        assert directory.all_contacts(tx) == [ALL_OF_BIRCH, ANA, BO]


def test_an_address_finds_its_contract_and_that_of_its_domain(filled: Database) -> None:
    asked = ["ana@alder.example", "bo@birch.example", "new@birch.example", "x@sub.birch.example", "eve@elm.example"]
    with filled.snapshot() as tx:
        found = directory.memberships(tx, "irex", asked)
    domain = Membership(ALL_OF_BIRCH, STD)
    assert found == {
        "ana@alder.example": (Membership(ANA, STD),),
        "bo@birch.example": (Membership(BO, PRO), domain),
        "new@birch.example": (domain,),
        "x@sub.birch.example": (),
        "eve@elm.example": (),
    }


def test_an_address_on_two_contracts_has_both_in_their_order(filled: Database) -> None:
    twice = [samples.contact("ana@alder.example", on) for on in ("IR-STD", "IR-PRO")]
    with filled.transaction() as tx:
        directory.replace(tx, [STD, PRO], twice)
        found = directory.memberships(tx, "irex", ["ana@alder.example"])["ana@alder.example"]
    assert [membership.contract.contract for membership in found] == ["IR-PRO", "IR-STD"]


def test_the_order_of_contracts_is_no_matter_of_the_databases_locale(database: Database) -> None:
    """The first one that will do decides a mail; people sort "b" before "C", octets do not."""
    names = ["C-1", "b-1", "a_1", "a-1", "É-1"]
    with database.transaction() as tx:
        contacts = [samples.contact("ana@alder.example", name) for name in names]
        directory.replace(tx, [samples.contract(name) for name in names], contacts)
        found = directory.memberships(tx, "irex", ["ana@alder.example"])["ana@alder.example"]
    assert [membership.contract.contract for membership in found] == sorted(names)


def test_a_mail_that_claims_to_come_from_the_wildcard_itself_counts_once(filled: Database) -> None:
    with filled.snapshot() as tx:
        found = directory.memberships(tx, "irex", ["*@birch.example"])
    assert found == {"*@birch.example": (Membership(ALL_OF_BIRCH, STD),)}


def test_a_contract_under_another_policy_is_not_found(filled: Database) -> None:
    with filled.snapshot() as tx:
        assert directory.memberships(tx, "other", ["ana@alder.example"]) == {"ana@alder.example": ()}
        assert directory.memberships(tx, "irex", []) == {}


def test_comparing_names_what_an_import_would_change(filled: Database) -> None:
    contracts = [samples.contract("IR-STD", plan="pro"), samples.contract("IR-NEW")]
    contacts = [samples.contact("ANA@alder.example"), samples.contact("cy@cedar.example", "IR-NEW"), ALL_OF_BIRCH]
    with filled.snapshot() as tx:
        change = directory.compare(tx, contracts, contacts)
    assert change == Change(
        contracts_added=("IR-NEW",),
        contracts_changed=("IR-STD",),
        contracts_gone=("IR-PRO",),
        contacts_added=("cy@cedar.example (IR-NEW)",),
        contacts_changed=("ana@alder.example (IR-STD)",),
        contacts_gone=("bo@birch.example (IR-PRO)",),
        contacts_before=3,
    )


def test_comparing_with_what_is_there_finds_nothing(filled: Database) -> None:
    with filled.snapshot() as tx:
        change = directory.compare(tx, directory.all_contracts(tx), directory.all_contacts(tx))
    assert change == Change((), (), (), (), (), (), 3)


def test_replacing_keeps_nothing_old(filled: Database) -> None:
    new, people = samples.contract("IR-NEW"), samples.contact("cy@cedar.example", "IR-NEW")
    with filled.transaction() as tx:
        directory.replace(tx, [new], [people])
        assert directory.all_contracts(tx) == [new]
        assert directory.all_contacts(tx) == [people]
        assert directory.memberships(tx, "irex", ["ana@alder.example"]) == {"ana@alder.example": ()}
        directory.replace(tx, [], [])
        assert directory.all_contracts(tx) == []
        assert directory.all_contacts(tx) == []


def test_an_import_that_names_no_such_contract_changes_nothing(filled: Database) -> None:
    with pytest.raises(IntegrityError), filled.transaction() as tx:
        directory.replace(tx, [STD], [samples.contact("cy@cedar.example", "IR-NONE")])
    with filled.snapshot() as tx:
        assert directory.all_contacts(tx) == [ALL_OF_BIRCH, ANA, BO]


def test_one_contract_is_looked_up_with_its_contacts(filled: Database) -> None:
    with filled.snapshot() as tx:
        assert (directory.contract_of(tx, "IR-STD"), directory.contract_of(tx, "ir-std")) == (STD, None)
        assert directory.contacts_of(tx, "IR-STD") == [ALL_OF_BIRCH, ANA]
        assert directory.contacts_of(tx, "IR-OLD") == []
