"""Senders: who is a contact, and which of several contracts counts for a mail.

Addresses compare as `facts.address_key` says. Nothing here trusts a From line: whether the sender is who it says is the
mailbox's server to say, and the gates' to weigh.
"""

from collections.abc import Iterable
from datetime import date

from rules.facts import Address, Contact, Contract, Membership, address_key


def matches(contact: Contact, sender: Address, *, domains: bool = False) -> bool:
    """Whether a contact is this sender; "*@example.com" stands for a whole domain where the policy allows `domains`."""
    listed = address_key(contact.email)
    if listed.startswith("*@"):
        return domains and sender.key.rpartition("@")[2] == listed[2:]
    return listed == sender.key


def is_valid(contract: Contract, day: date) -> bool:
    """Whether `day`, local in the policy's zone, lies in the contract; both its ends do."""
    return contract.starts <= day <= contract.ends


def choose(memberships: Iterable[Membership], day: date) -> Membership | None:
    """The membership that counts: a valid contract before others, then the one that ends last; None of none."""
    return max(
        memberships,
        key=lambda membership: (
            is_valid(membership.contract, day),
            membership.contract.ends,
            membership.contract.starts,
            membership.contract.contract,
        ),
        default=None,
    )
