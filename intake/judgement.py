"""What becomes of a mail by its policy: the decision of the rules, as it can be carried out.

One piece for the daemon, for `explain` and for `replay`, so that they agree. Nothing is looked up and nothing written:
what is known of the mail is handed in. A mail that cannot be forwarded to whom the policy names is a ticket of the
vendor's own queue.
"""

from collections.abc import Collection
from datetime import datetime

from intake.letter_bytes import unaddressable
from rules import forwarding, senders
from rules.decide import decide
from rules.facts import Circumstances, Decision, Mail, Reading
from rules.policy import Policy


def judge(
    mail: Mail, reading: Reading, around: Circumstances, policy: Policy, own: Collection[str], now: datetime
) -> Decision:
    """`own` are the mailbox keys of our support addresses; nothing that is promised is due earlier than `now` for a
    mail that should have been forwarded."""
    decision = decide(mail, reading, around, policy)
    if not decision.forward_to:
        return decision
    membership = senders.choose(around.memberships, around.at.astimezone(policy.zone).date())
    handed = handing(mail, decision.forward_to, own, around.muted)
    return forwarding.settled(decision, handed, reading, membership, policy, arrived_at=around.at, now=now)


def handing(mail: Mail, to: str, own: Collection[str], muted: Collection[str]) -> forwarding.Handing:
    """A mail about to be handed on, with what speaks against its address."""
    return forwarding.Handing(mail, to, own, unaddressable(to), muted)
