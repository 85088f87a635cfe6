"""The directory: contracts and their contacts, replaced as a whole by an import."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

import sqlalchemy as sa

from rules.facts import Contact, Contract, Membership, address_key
from storage.database import Transaction
from storage.tables import contact, contract


@dataclass(frozen=True, slots=True)
class Change:
    """What an import would do: names of contracts, and `address (contract)` of contacts."""

    contracts_added: tuple[str, ...]
    contracts_changed: tuple[str, ...]
    contracts_gone: tuple[str, ...]
    contacts_added: tuple[str, ...]
    contacts_changed: tuple[str, ...]
    contacts_gone: tuple[str, ...]
    contacts_before: int


def memberships(tx: Transaction, policy: str, addresses: Collection[str]) -> dict[str, tuple[Membership, ...]]:
    """Address key -> the contracts under this policy whose contact it is, by itself or by its domain (`*@domain`)."""
    wanted = set(addresses)
    domains = {"*@" + address.rpartition("@")[2] for address in wanted}
    rows = tx.execute(
        sa.select(contact, contract)
        .join(contract, contract.c.contract == contact.c.contract)
        .where(contact.c.address.in_(wanted | domains), contract.c.policy == policy)
    )
    found: dict[str, list[Membership]] = {}
    every = (dict(zip(MEMBERSHIP_COLUMNS, row, strict=True)) for row in rows)
    # Not by the database: the first contract that will do is taken, and each database sorts text by its own locale.
    for fields in sorted(every, key=lambda fields: str(fields["contact.contract"])):
        membership = Membership(_contact(fields, "contact."), _contract(fields, "contract."))
        found.setdefault(fields["contact.address"], []).append(membership)
    # dict.fromkeys: "*@example.com" is also an address that a mail can claim to come from
    names = {address: dict.fromkeys((address, "*@" + address.rpartition("@")[2])) for address in wanted}
    return {address: tuple(chain.from_iterable(found.get(n, ()) for n in names[address])) for address in wanted}


MEMBERSHIP_COLUMNS = tuple(f"{table.name}.{column.name}" for table in (contact, contract) for column in table.columns)


def lock(tx: Transaction, contracts: Collection[str]) -> None:
    """Until the transaction ends nobody else holds these contracts; on SQLite whoever writes is alone anyhow."""
    tx.execute(
        sa.select(contract.c.contract)
        .where(contract.c.contract.in_(contracts))
        .order_by(contract.c.contract)
        .with_for_update()
    )


def contract_of(tx: Transaction, name: str) -> Contract | None:
    """The contract of that name, if the directory still has it."""
    row = tx.execute(sa.select(contract).where(contract.c.contract == name)).one_or_none()
    return _contract(dict(row._mapping)) if row else None


def contacts_of(tx: Transaction, name: str) -> list[Contact]:
    """The contacts of one contract, by address."""
    rows = tx.execute(sa.select(contact).where(contact.c.contract == name).order_by(contact.c.address))
    return [_contact(dict(row._mapping)) for row in rows]


def compare(tx: Transaction, contracts: Iterable[Contract], contacts: Iterable[Contact]) -> Change:
    """What `replace` with the same arguments would change."""
    old_contracts, new_contracts = {c.contract: c for c in all_contracts(tx)}, {c.contract: c for c in contracts}
    old_contacts, new_contacts = {_name(c): c for c in all_contacts(tx)}, {_name(c): c for c in contacts}
    return Change(
        *_difference(old_contracts, new_contracts), *_difference(old_contacts, new_contacts), len(old_contacts)
    )


def replace(tx: Transaction, contracts: Collection[Contract], contacts: Collection[Contact]) -> None:
    """The directory is these from now on."""
    tx.execute(sa.delete(contact))
    tx.execute(sa.delete(contract))
    if contracts:
        tx.execute(sa.insert(contract), [_contract_row(c) for c in contracts])
    if contacts:
        tx.execute(sa.insert(contact), [_contact_row(c) for c in contacts])


def all_contracts(tx: Transaction) -> list[Contract]:
    rows = tx.execute(sa.select(contract).order_by(contract.c.contract))
    return [_contract(dict(row._mapping)) for row in rows]


def all_contacts(tx: Transaction) -> list[Contact]:
    rows = tx.execute(sa.select(contact).order_by(contact.c.address, contact.c.contract))
    return [_contact(dict(row._mapping)) for row in rows]


def _name(known: Contact) -> str:
    return f"{address_key(known.email)} ({known.contract})"


def _difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    added = tuple(sorted(new.keys() - old.keys()))
    changed = tuple(sorted(name for name in new.keys() & old.keys() if new[name] != old[name]))
    return added, changed, tuple(sorted(old.keys() - new.keys()))


def _contact(row: dict[str, Any], prefix: str = "") -> Contact:
    return Contact(
        email=row[prefix + "email"],
        name=row[prefix + "name"],
        contract=row[prefix + "contract"],
        role=row[prefix + "role"],
        trainings=tuple(row[prefix + "trainings"]),
        language=row[prefix + "language"],
    )


def _contract(row: dict[str, Any], prefix: str = "") -> Contract:
    return Contract(
        contract=row[prefix + "contract"],
        organization=row[prefix + "organization"],
        policy=row[prefix + "policy"],
        plan=row[prefix + "plan"],
        starts=row[prefix + "starts"],
        ends=row[prefix + "ends"],
        paid=row[prefix + "paid"],
        version=row[prefix + "version"],
        account_manager=row[prefix + "account_manager"],
        distributor=row[prefix + "distributor"],
        support_partner=row[prefix + "support_partner"],
        expert_hours=Decimal(row[prefix + "expert_hours"]),
    )


def _contact_row(known: Contact) -> dict[str, Any]:
    return {
        "address": address_key(known.email),
        "contract": known.contract,
        "email": known.email,
        "name": known.name,
        "role": known.role,
        "trainings": list(known.trainings),
        "language": known.language,
    }


def _contract_row(known: Contract) -> dict[str, Any]:
    names = (column.name for column in contract.columns)
    return {name: getattr(known, name) for name in names} | {"expert_hours": str(known.expert_hours)}
