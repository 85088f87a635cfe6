"""What may be handed on to a distributor or partner, and what stays."""

from dataclasses import replace

import pytest

from rules.facts import Address, Authentication, Gate, MachineSigns, MailKind, Outcome
from rules.forwarding import NOT_FORWARDED, Handing, obstacle, settled
from rules.reading import read
from tests.rules.samples import ADMIN, WEDNESDAY, contract, mail, shipped, under

INSTALL = "How do we install the client on a new computer?"
OWN = frozenset({"support@maker.example"})
GOOD = Handing(mail(INSTALL), "help@dist.example", OWN)


@pytest.mark.parametrize(
    ("handing", "why"),
    [
        (GOOD, ""),
        (replace(GOOD, unaddressable="it is longer than an address may be"), "none that a letter can be sent to"),
        (replace(GOOD, to="Support+1@Maker.example"), "address of our own"),
        (replace(GOOD, to="MO+x@larch.example"), "wrote this mail"),
        (replace(GOOD, mail=mail(INSTALL, machine=MachineSigns(bulk=("list-id",)))), "list or a bulk mailer"),
        (replace(GOOD, mail=mail(INSTALL, authentication=Authentication.FAIL)), "somebody else"),
        (replace(GOOD, mail=mail(INSTALL, authentication=Authentication.UNKNOWN)), ""),
        (replace(GOOD, mail=mail(INSTALL, machine=MachineSigns(auto=("x-away",)))), "a machine"),
        (replace(GOOD, mail=mail(INSTALL, machine=MachineSigns(bounce=("x",)))), "a machine"),
        (replace(GOOD, mail=mail(INSTALL, return_path="")), "empty return address"),
        (replace(GOOD, mail=mail(INSTALL, return_path="mo@larch.example")), ""),
        (replace(GOOD, mail=mail(INSTALL, sender=None)), ""),
    ],
)
def test_what_speaks_against_handing_a_mail_on(handing: Handing, why: str) -> None:
    found = obstacle(handing)
    assert why in found
    assert bool(found) is bool(why)


def test_what_cannot_be_handed_on_is_accepted_as_if_the_contract_named_nobody() -> None:
    policy = shipped("onyxceph")
    routed = under("onyxceph", INSTALL, distributor="mo@larch.example")
    member = replace(ADMIN, contract=contract(policy="onyxceph", plan="maintenance"))
    assert (routed.outcome, routed.forward_to) == (Outcome.ROUTED, "mo@larch.example")

    def kept(handing: Handing, **changes: object) -> object:
        decision = replace(routed, **changes)  # type: ignore[arg-type]
        reading = read(handing.mail, policy)
        return settled(decision, handing, reading, member, policy, arrived_at=WEDNESDAY, now=WEDNESDAY)

    handing = replace(GOOD, to="mo@larch.example")
    stays = settled(routed, handing, read(handing.mail, policy), member, policy, arrived_at=WEDNESDAY, now=WEDNESDAY)
    assert (stays.outcome, stays.queue, stays.severity) == (Outcome.ACCEPTED, "support", 3)
    assert (stays.forward_to, stays.party, stays.template) == (None, "", "acknowledgement")
    assert NOT_FORWARDED in stays.flags
    assert "mo@larch.example wrote this mail" in stays.why
    assert kept(GOOD) == routed
    accepted = replace(routed, outcome=Outcome.ACCEPTED)
    assert kept(handing, outcome=Outcome.ACCEPTED) == accepted
    bulk = settled(
        replace(routed, kind=MailKind.BULK, template=None),
        replace(GOOD, mail=mail(INSTALL, machine=MachineSigns(bulk=("list-id",)))),
        read(GOOD.mail, policy),
        member,
        policy,
        arrived_at=WEDNESDAY,
        now=WEDNESDAY,
    )
    assert (bulk.outcome, bulk.template) == (Outcome.ACCEPTED, None)
    assert Gate.TOPIC in {result.gate for result in stays.gates}


def test_a_sender_is_compared_by_the_mailbox_behind_the_address() -> None:
    """A tag before the "@" is the same person: forwarded to it, the mail would come back to who wrote it."""
    for to in ('"mo"@larch.example', "Mo+desk@LARCH.example"):
        assert obstacle(replace(GOOD, mail=mail(INSTALL, sender=Address("mo+me@larch.example")), to=to))
