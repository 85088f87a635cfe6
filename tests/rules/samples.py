"""What the tests of the rules share: the shipped policy, two customers, and mails written in a line."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from rules import topics
from rules.case import Case
from rules.decide import decide
from rules.facts import Address, Circumstances, Contact, Contract, Decision, Gate, Mail, Membership, Reading, Usage
from rules.policy import Policy, joined, load
from rules.reading import read
from rules.severity import judge
from rules.wishes import expressed

QUEUES = ("support", "senior", "services", "expert_services", "senior_management", "account_manager", "development")
ROUTED = (*QUEUES, "level_0", "user_support")
LETTERS = frozenset(
    {"acknowledgement", "held", *(f"declined_{gate}" for gate in Gate), *(f"routed_{place}" for place in ROUTED)}
)
POLICIES = Path(__file__).parents[2] / "rules/policies"
VOCABULARIES = {file.stem: file.read_text(encoding="utf-8") for file in POLICIES.with_name("vocabulary").glob("*.toml")}
SHARED = Path(__file__).parents[2] / "../shared"

WEDNESDAY = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
"""10:00 in Brussels, inside support hours."""

CONTRACT = Contract("C-1", "Larch Rail", "irex", "standard", date(2026, 1, 1), date(2026, 12, 31))
ADMIN = Membership(Contact("mo@larch.example", "Mo Hale", "C-1"), CONTRACT)
PREMIER = Membership(ADMIN.contact, replace(CONTRACT, plan="premier"))


UNUSED = Usage()


@cache
def text_of(name: str) -> str:
    return joined((POLICIES / f"{name}.toml").read_text(encoding="utf-8"), VOCABULARIES)


@cache
def shipped(name: str = "irex") -> Policy:
    return load(text_of(name), name=name, letters=LETTERS)


def mail(body: str = "", subject: str = "Hello", **fields: Any) -> Mail:
    fields.setdefault("sender", Address("mo@larch.example", "Mo Hale"))
    return Mail("<1@larch.example>", subject=subject, text=body, new_text=body, sha256="0", size=len(body), **fields)


def around(*memberships: Membership, **fields: Any) -> Circumstances:
    fields.setdefault("at", WEDNESDAY)
    return Circumstances(memberships=memberships, **fields)


def reading(body: str, subject: str = "Hello") -> Reading:
    return read(mail(body, subject), shipped())


def decided(body: str, subject: str = "Hello", *, membership: Membership = ADMIN, **fields: Any) -> Decision:
    """What the irex policy says of a mail of a customer in good standing."""
    written = mail(body, subject, **fields)
    return decide(written, read(written, shipped()), around(membership), shipped())


def under(
    policy: str, body: str, subject: str = "Hello", *, at: datetime = WEDNESDAY, used: Usage = UNUSED, **fields: Any
) -> Decision:
    """What a shipped policy says of a mail of a customer in good standing; `fields` are the contract's or contact's."""
    plan = next(iter(shipped(policy).plans))
    person = {key: fields.pop(key) for key in ("trainings", "role", "language") if key in fields}
    known = replace(CONTRACT, **{"policy": policy, "plan": plan, **fields})
    member = Membership(replace(ADMIN.contact, **person), known)
    written = mail(body, subject)
    circumstances = around(member, at=at, usage={known.contract: used})
    return decide(written, read(written, shipped(policy)), circumstances, shipped(policy))


def case(
    body: str = "",
    policy: str = "irex",
    *,
    membership: Membership | None = ADMIN,
    severity: int = 3,
    used: Usage = UNUSED,
    authentication_expected: bool = False,
    **fields: Any,
) -> Case:
    """A request as the gates of a shipped policy see it; `fields` are the mail's."""
    rules, written = shipped(policy), mail(body, **fields)
    read_ = read(written, rules)
    values = judge(read_, rules).values
    known = membership.contract if membership else CONTRACT
    return Case(
        written,
        read_,
        around(usage={known.contract: used}, authentication_expected=authentication_expected),
        rules,
        membership,
        severity,
        expressed(read_, rules, known.plan),
        values,
        topics.of(read_, values, rules, known.plan),
    )


def contract(**fields: Any) -> Contract:
    return replace(CONTRACT, **fields)


def member(**fields: Any) -> Membership:
    return Membership(ADMIN.contact, contract(**fields))
