"""A desk: one mailbox with the policy it answers by, the letters it writes and the people behind it.

Made from the settings at start and again on SIGHUP; frozen, so that a batch that has begun ends under the policy it
began with. Whoever decides about a mail or writes a letter is handed the desk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from intake.mail.authentication import Trust
from intake.settings import MailboxSettings, Queue, Settings, StaffMember
from intake.shipped import read_policy
from intake.told import Told, told
from rules.facts import address_key, mailbox_key
from rules.policy import Policy
from templates.render import Renderer


@dataclass(frozen=True, slots=True)
class Desk:
    mailbox: MailboxSettings
    policy: Policy
    policy_text: str
    renderer: Renderer
    staff: tuple[StaffMember, ...]
    queues: dict[str, Queue]
    own_mailboxes: frozenset[str]
    """Mailbox keys of every support address of this installation: mail from one of them, "+tag" or not, is our own."""
    others: Mapping[str, str]
    """Keys of the addresses of live mailboxes under other policies, with the names of these."""
    doors: Mapping[str, str]
    """The mailboxes that answer by the same policy in the same mode, this one among them, with their ticket prefixes:
    a mail that comes to two of them is one mail, and a ticket of the one goes on in the other."""
    silent: str = ""
    """Why customers are sent nothing though the mailbox is a live one; "" where they are."""

    @property
    def name(self) -> str:
        return self.mailbox.name

    @property
    def trust(self) -> Trust:
        return Trust(self.mailbox.authserv_id, self.mailbox.dkim)

    @property
    def observes(self) -> bool:
        """True where customers are sent nothing."""
        return self.mailbox.mode == "observe" or bool(self.silent)

    def is_staff(self, address: str) -> bool:
        return self.member(address) is not None

    def member(self, address: str) -> StaffMember | None:
        """The member of staff with this address key."""
        return next((one for one in self.staff if address_key(one.email) == address), None)

    def told_about(self, queues: Iterable[str], at: datetime, *, pages: bool = True) -> Told:
        """Who hears of these queues at this hour, with `pages=False` by mail alone; see `intake.told`."""
        return told(self.staff, self.queues, queues, at, pages=pages)


def load_desks(settings: Settings) -> tuple[Desk, ...]:
    """One desk for each mailbox. Raises ConfigFaults when a policy has faults."""
    own = frozenset(mailbox_key(mailbox.address) for mailbox in settings.mailbox)
    desks = [_desk(mailbox, settings, own) for mailbox in settings.mailbox]
    live = {address_key(desk.mailbox.address): desk.policy.name for desk in desks if not desk.observes}
    return tuple(
        replace(desk, others={key: name for key, name in live.items() if name != desk.policy.name}) for desk in desks
    )


def _desk(mailbox: MailboxSettings, settings: Settings, own: frozenset[str]) -> Desk:
    renderer = Renderer(Path(mailbox.templates) if mailbox.templates else None)
    read = read_policy(mailbox.policy, renderer.letters())
    doors = {
        other.name: other.ticket_prefix
        for other in settings.mailbox
        if (other.policy, other.mode) == (mailbox.policy, mailbox.mode)
    }
    return Desk(mailbox, read.policy, read.text, renderer, settings.staff, dict(settings.queues), own, {}, doors)
