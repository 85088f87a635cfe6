"""A decision before anything is decided: whose mail it is, by which policy, and nothing else.

What decides fills it in with `replace`; so do those who need a decision where no mail was judged.
"""

from rules.facts import Decision, MailKind, Membership
from rules.policy_model import Policy


def undecided(kind: MailKind, policy: Policy, membership: Membership | None = None, sender: str = "") -> Decision:
    """`sender` is an address as it was written; letters speak the policy's language."""
    contact = membership.contact if membership else None
    contract = membership.contract if membership else None
    return Decision(
        kind=kind,
        outcome=None,
        sender=sender,
        contact=contact.name or contact.email if contact else None,
        organization=contract.organization if contract else None,
        contract=contract.contract if contract else None,
        plan=contract.plan if contract else None,
        language=None,
        language_confidence=None,
        topic=None,
        gates=(),
        failed=(),
        flags=(),
        template=None,
        letter_language=policy.letter_language,
        queue=None,
        forward_to=None,
        severity=None,
        severity_why=(),
        first_response_due=None,
        resolution_due=None,
        reminders=(),
        policy=policy.name,
        policy_version=policy.version,
    )
