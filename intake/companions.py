"""Who else a customer's mail was addressed to: colleagues on the contract join its ticket, strangers are only named.

A contact of the ticket's contract becomes a correspondent. Anybody else is listed for staff, and neither
may write to the ticket nor is ever written to: an address in Cc proves nothing of whoever has it.
"""

from datetime import datetime

from intake.correspondence import Occasion
from rules.facts import Authentication, address_key, mailbox_key
from storage import directory, tickets
from storage.database import Transaction
from storage.tickets import Event

JOINED, STRANGERS = "joined", "strangers_in_copy"
"""Events of the ticket's log."""
MOST = 40
"""Addressees of one mail that are looked up."""
NAMED = 10


def join(tx: Transaction, occasion: Occasion, now: datetime) -> str:
    """Put colleagues on the ticket; a sentence for staff about them and about strangers, "" where there are none.

    Nobody joins by a mail that the mail server says is not its sender's.
    """
    ticket, contract = occasion.ticket, occasion.ticket.contract
    others = _others(occasion)
    if not others or contract is None or occasion.mail.authentication is Authentication.FAIL:
        return ""
    known = directory.memberships(tx, occasion.desk.policy.name, others)
    colleagues = [one for one in others if any(of.contract.contract == contract for of in known.get(one, ()))]
    there = set(tickets.correspondents(tx, ticket.ticket_id))
    new = [one for one in colleagues if one not in there and one != ticket.contact]
    strangers = [one for one in others if one not in (*colleagues, *there, *_partners(tx, contract))]
    tickets.add_correspondents(tx, ticket.ticket_id, new)
    for kind, addresses in ((JOINED, new), (STRANGERS, strangers)):
        if addresses:
            tickets.log(tx, Event(now, kind, "intake", {"addresses": addresses}, ticket.ticket_id, occasion.mail_id))
    return " ".join(
        filter(
            None,
            [
                f"On the ticket from now on, as contacts of {contract}: {_listed(new)}." if new else "",
                f"Also addressed, but not on {contract}, and never written to: {_listed(strangers)}."
                if strangers
                else "",
            ],
        )
    )


def _others(occasion: Occasion) -> list[str]:
    """Keys of those a mail went to beside us, without its sender and our staff."""
    desk, sender = occasion.desk, occasion.mail.sender
    keys = dict.fromkeys(one.key for one in occasion.mail.addressees[:MOST])
    own = {sender.key} if sender else set()
    return [
        one
        for one in keys
        if "@" in one and one not in own and not desk.is_staff(one) and mailbox_key(one) not in desk.own_mailboxes
    ]


def _partners(tx: Transaction, contract: str) -> set[str]:
    """Those whom the contract itself names."""
    found = directory.contract_of(tx, contract)
    if found is None:
        return set()
    named = (found.distributor, found.support_partner, found.account_manager)
    return {address_key(one) for one in named if one}


def _listed(addresses: list[str]) -> str:
    more = f" and {len(addresses) - NAMED} more" if len(addresses) > NAMED else ""
    return ", ".join(addresses[:NAMED]) + more
