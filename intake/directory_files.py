"""Reads the two CSV files of the directory, strictly: either all of it is good, or every fault is told with its place.

What a policy allows (its plans, whole domains, how many contacts) comes in as `DirectoryRules`. Nothing here knows the
database; `storage.directory` takes what comes out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from intake.addresses import is_address, is_wildcard
from intake.config_faults import nearest
from intake.csv_rows import Row, RowFault, rows
from rules.facts import Contact, Contract, address_key

# column -> whether every row must fill it
CONTRACT_COLUMNS = {
    "contract": True,
    "organization": True,
    "policy": True,
    "plan": True,
    "starts": True,
    "ends": False,
    "paid": False,
    "version": False,
    "account_manager": False,
    "distributor": False,
    "support_partner": False,
    "expert_hours": False,
}
CONTACT_COLUMNS = {
    "email": True,
    "name": False,
    "contract": True,
    "role": True,
    "trainings": False,
    "language": False,
}
ROLES = ("admin", "end_user")


@dataclass(frozen=True, slots=True)
class DirectoryRules:
    """What one policy says of its contracts and contacts."""

    plans: frozenset[str]
    whole_domains: bool = False
    """Whether `*@example.com` may stand for everybody there."""
    most_contacts: int | None = None
    """Authorised contacts that one contract may name."""
    needs_account_manager: bool = False
    """Whether anything is routed to the account manager, or reminds one."""
    forwards_to: tuple[str, ...] = ()
    """The parties of a contract to whom mail is forwarded: "distributor", "support_partner"."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a contract leaves open, where its policy would make use of it."""

    contract: str
    column: str
    reason: str
    needed: bool
    """False where a contract may well go without."""


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    contracts: tuple[Contract, ...]
    contacts: tuple[Contact, ...]
    warnings: tuple[RowFault, ...] = ()
    notes: tuple[RowFault, ...] = ()
    """What is no fault, but worth knowing."""


@dataclass(frozen=True, slots=True)
class DirectoryFaults:
    faults: tuple[RowFault, ...]


def read(
    contracts_path: Path, contacts_path: Path, policies: Mapping[str, DirectoryRules]
) -> DirectoryFile | DirectoryFaults:
    """The directory that two files describe, or everything that is wrong with them. `policies` by their name."""
    faults: list[RowFault] = []
    contracts: dict[str, Contract] = {}
    places: dict[str, Row] = {}
    for row in rows(contracts_path, CONTRACT_COLUMNS, faults):
        contract = _contract(row, policies)
        if contract.contract in places:
            row.fault("contract", f"{contract.contract} stands in row {places[contract.contract].number} already")
        elif contract.contract:
            contracts[contract.contract], places[contract.contract] = contract, row
    contacts: dict[tuple[str, str], Contact] = {}
    for row in rows(contacts_path, CONTACT_COLUMNS, faults):
        contact = _contact(row, contracts, policies)
        if (address_key(contact.email), contact.contract) in contacts:
            row.fault(
                "email", f"{contact.email} is on {contact.contract} already; an address has no upper or lower case"
            )
        contacts[address_key(contact.email), contact.contract] = contact
    faults += _too_many(contracts, contacts.values(), places, policies)
    if faults:
        return DirectoryFaults(tuple(faults))
    told = [
        (gap.needed, RowFault(places[gap.contract].file, places[gap.contract].number, gap.column, gap.reason))
        for gap in gaps(contracts.values(), policies)
    ]
    return DirectoryFile(
        tuple(contracts.values()),
        tuple(contacts.values()),
        warnings=tuple(fault for needed, fault in told if needed),
        notes=tuple(fault for needed, fault in told if not needed),
    )


def gaps(contracts: Iterable[Contract], policies: Mapping[str, DirectoryRules]) -> Iterator[Gap]:
    """What contracts leave open, in their order; one under a policy that is not among `policies` is left out."""
    for contract in contracts:
        rules = policies.get(contract.policy)
        if rules is None:
            continue
        if rules.needs_account_manager and not contract.account_manager:
            reason = f"{contract.contract} has no account manager; what goes to one goes to the support queue instead"
            yield Gap(contract.contract, "account_manager", reason, needed=True)
        for party in rules.forwards_to:
            if not getattr(contract, party):
                reason = f"{contract.contract} has no {party.replace('_', ' ')}; what goes to one stays with support"
                yield Gap(contract.contract, party, reason, needed=False)


def one_year_from(starts: date) -> date:
    """The last day of a contract year: one year from 1 February ends on 31 January."""
    try:
        again = starts.replace(year=starts.year + 1)
    except ValueError:  # 29 February
        again = date(starts.year + 1, 3, 1)
    return again - timedelta(days=1)


def _contract(row: Row, policies: Mapping[str, DirectoryRules]) -> Contract:
    starts = row.read("starts", _day, None)
    ends = row.read("ends", _day, None)
    if starts and ends and ends < starts:
        row.fault("ends", f"{ends} is before starts, {starts}")
    rules = policies.get(row["policy"])
    if row["policy"] and rules is None:
        row.fault("policy", f'no policy is called "{row["policy"]}"; {nearest(row["policy"], policies)}')
    if row["plan"] and rules is not None and row["plan"] not in rules.plans:
        row.fault("plan", f'"{row["plan"]}" is no plan of {row["policy"]}; {nearest(row["plan"], rules.plans)}')
    first = starts or date.min
    return Contract(
        contract=row["contract"],
        organization=row["organization"],
        policy=row["policy"],
        plan=row["plan"],
        starts=first,
        ends=ends or one_year_from(first),
        paid=row.read("paid", _yes, True),
        version=row["version"],
        account_manager=row.read("account_manager", _email, ""),
        distributor=row.read("distributor", _email, ""),
        support_partner=row.read("support_partner", _email, ""),
        expert_hours=row.read("expert_hours", _hours, Decimal(0)),
    )


def _contact(row: Row, contracts: Mapping[str, Contract], policies: Mapping[str, DirectoryRules]) -> Contact:
    email = row["email"]
    contract = contracts.get(row["contract"])
    if row["contract"] and contract is None:
        row.fault(
            "contract",
            f'no contract "{row["contract"]}" in the file of contracts; {nearest(row["contract"], contracts)}',
        )
    if is_wildcard(email):
        rules = policies.get(contract.policy) if contract else None
        if rules is not None and contract is not None and not rules.whole_domains:
            row.fault("email", f"{email} would authorise a whole domain, which {contract.policy} does not allow")
    elif email and not is_address(email):
        row.fault("email", f"{email!r} is not an e-mail address")
    return Contact(
        email=email,
        name=row["name"],
        contract=row["contract"],
        role=row.read("role", _role, "admin"),
        trainings=tuple(dict.fromkeys(part.strip() for part in row["trainings"].split(";") if part.strip())),
        language=row.read("language", _language, ""),
    )


def _too_many(
    contracts: Mapping[str, Contract],
    contacts: Iterable[Contact],
    places: Mapping[str, Row],
    policies: Mapping[str, DirectoryRules],
) -> Iterator[RowFault]:
    """Contracts that name more contacts than their policy has them name."""
    named: dict[str, list[str]] = {}
    for contact in contacts:
        named.setdefault(contact.contract, []).append(contact.name or contact.email)
    for name, contract in contracts.items():
        rules, people = policies.get(contract.policy), named.get(name, [])
        if rules and rules.most_contacts is not None and len(people) > rules.most_contacts:
            allowed = f"{contract.policy} allows {rules.most_contacts}"
            reason = f"{name} names {len(people)} contacts ({', '.join(people)}) where {allowed}"
            yield RowFault(places[name].file, places[name].number, "contract", reason)


def _day(text: str) -> date:
    wrong = f"{text!r} is no day; write it as 2026-01-31"
    if len(text) != len("2026-01-31"):  # fromisoformat takes 20260131 as well
        raise ValueError(wrong)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(wrong) from None


def _yes(text: str) -> bool:
    answers = {"yes": True, "no": False}
    if text.casefold() not in answers:
        raise ValueError(f'{text!r} is neither "yes" nor "no"')
    return answers[text.casefold()]


def _email(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"{text!r} is not one e-mail address")
    return text


def _hours(text: str) -> Decimal:
    try:
        hours = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no decimal number; write it as 7.5") from None
    if not hours.is_finite() or hours < 0:
        raise ValueError(f"{text!r} is no number of hours")
    return hours


def _role(text: str) -> str:
    if text not in ROLES:
        raise ValueError(f"{text!r} is no role; {nearest(text, ROLES)}")
    return text


def _language(text: str) -> str:
    letters = text.split("-")[0]
    if not (letters.isascii() and letters.isalpha() and len(letters) in (2, 3)):
        raise ValueError(f'{text!r} is no language; write its code, such as "en"')
    return text.casefold()
