"""Who may hand a case back, by which mail, and what staff hear of everybody else."""

import time
from dataclasses import replace

import pytest

from rules.escalation import NEEDED, Asked, Claim, Handed, asked, judge
from rules.facts import Address, Authentication, MachineSigns
from tests.rules.samples import mail

TOKEN = "<ON-7.0123456789abcdef@support.example>"
HANDED = (Handed(TOKEN, "Help@Distributor.example"), Handed("<ON-7.fedcba@support.example>", "old@distributor.example"))
PROVEN = Claim(
    mail("#escalate\n\nThe backup runs, the restore does not.", "Re: [ON-7] Backup", in_reply_to=(TOKEN,)),
    "with_distributor",
    "distributor",
    HANDED,
    authentication_expected=False,
)
PROVEN = replace(PROVEN, mail=replace(PROVEN.mail, sender=Address("help@distributor.example", "Distributor")))

PARTNER, ELSEWHERE, SENDER, TOKENLESS, UNVOUCHED, MACHINE = (why for why, _ in NEEDED)


def claim(**changes: object) -> Claim:
    """The proven claim, but for this; what is no field of it is its mail's."""
    own = {name: changes.pop(name) for name in list(changes) if name in Claim.__dataclass_fields__}
    return replace(PROVEN, mail=replace(PROVEN.mail, **changes), **own)  # type: ignore[arg-type]


def test_the_distributor_answering_the_forwarded_letter_escalates() -> None:
    assert judge(PROVEN).proven
    assert judge(claim(in_reply_to=(), references=("<x@y>", TOKEN))).proven
    assert judge(claim(authentication=Authentication.PASS, authentication_expected=True)).proven


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"sender": Address("ana@alder.example")}, (SENDER, TOKENLESS)),
        ({"sender": Address("jane@distributor.example")}, (SENDER, TOKENLESS)),
        ({"sender": Address("help+x@distributor.example")}, (SENDER, TOKENLESS)),
        ({"sender": Address("old@distributor.example")}, (TOKENLESS,)),
        ({"sender": None}, (SENDER, TOKENLESS)),
        ({"in_reply_to": ()}, (TOKENLESS,)),
        ({"in_reply_to": ("<ON-7.fedcba@support.example>",)}, (TOKENLESS,)),
        ({"in_reply_to": (TOKEN.upper(),)}, (TOKENLESS,)),
        ({"handed": ()}, (SENDER, TOKENLESS)),
        ({"status": "open"}, (ELSEWHERE,)),
        ({"status": "closed"}, (ELSEWHERE,)),
        ({"status": "with_partner", "party": "support_partner"}, (PARTNER, ELSEWHERE)),
        ({"authentication": Authentication.FAIL}, (UNVOUCHED,)),
        ({"authentication": Authentication.UNKNOWN, "authentication_expected": True}, (UNVOUCHED,)),
        ({"authentication": Authentication.NONE, "authentication_expected": True}, (UNVOUCHED,)),
        ({"machine": MachineSigns(bulk=("list-id",))}, (MACHINE,)),
        ({"machine": MachineSigns(auto=("vacation",))}, (MACHINE,)),
    ],
)
def test_whoever_falls_short_moves_nothing_and_staff_hear_of_all_that_is_missing(
    changes: dict[str, object], missing: tuple[str, ...]
) -> None:
    judged = judge(claim(**changes))
    assert judged.asked is Asked.YES
    assert not judged.proven
    assert judged.missing == missing


def test_a_verdict_that_nobody_expects_is_only_heeded_when_it_is_bad() -> None:
    assert judge(claim(authentication=Authentication.UNKNOWN)).proven
    assert judge(claim(authentication=Authentication.NONE)).proven


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#escalate", Asked.YES),
        ("\n \n  #Escalate \t\n\nMore.", Asked.YES),
        ("#ESCALATE\r\n", Asked.YES),
        ("\ufeff#escalate\u200b\u00a0", Asked.YES),
        ("", Asked.NO),
        ("Hello,\n\nwe solved it.", Asked.NO),
        ("Please escalate this.", Asked.NO),
        ("We escalate\n#1042 and #2", Asked.NO),
        ("#escalte", Asked.ALMOST),
        ("#excalate", Asked.ALMOST),
        ("#escalate please", Asked.ALMOST),
        ("#escalate.", Asked.ALMOST),
        ("# escalate", Asked.NO),
        ("#escalate#escalate", Asked.NO),
        ("Escalate!", Asked.ALMOST),
        ("Hello,\n\n#escalate", Asked.ALMOST),
        ("> #escalate", Asked.NO),
        ("-- \n#escalate", Asked.ALMOST),
        ("ｅ#escalate", Asked.NO),
        ("＃escalate", Asked.NO),
    ],
)
def test_only_the_command_alone_on_the_first_line_is_the_command(text: str, said: Asked) -> None:
    assert asked(mail(text)) is said


def test_without_the_command_nothing_is_missing() -> None:
    assert judge(claim(new_text="We solved it.", sender=Address("ana@alder.example"))).missing == ()
    assert judge(claim(new_text="#escalte")) == replace(judge(PROVEN), asked=Asked.ALMOST)


def test_a_mail_of_a_megabyte_is_read_in_no_time() -> None:
    for text in ("#" * 1_000_000, "#escalat" * 120_000, "#escalate \n" * 90_000):
        begun = time.process_time()
        asked(mail(text))
        assert time.process_time() - begun < 0.2
