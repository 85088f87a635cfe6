"""`#escalate`, as the distributor writes it, and as everybody else tries to."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from intake.shipped import policy_file
from rules.facts import Contact, End
from storage import clocks, tickets
from tests.intake.distribution import (
    ANA,
    BEN,
    DIST,
    PARTNER,
    SAM,
    SUPPORT,
    USAGE,
    House,
    contract,
    desk_of,
    house_in,
    kinds,
    words,
)

STRANGER = "jane@dist.example"
VOUCHED = {"Authentication_Results": "mx.maker.example; dmarc=pass header.from=dist.example"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as made:
        yield made


def is_back(house: House) -> bool:
    return house.ticket().status == "open"


def test_the_distributors_answer_brings_the_case_back_and_everybody_hears(house: House) -> None:
    forward = house.forwarded()
    house.now += timedelta(days=2)
    assert house.replies(forward, DIST, "#escalate\n\nThe installer stops at 80 %.\n").end is End.FOLLOW_UP
    ticket = house.ticket()
    assert (ticket.status, ticket.queue, ticket.outcome.value, ticket.severity) == ("open", "support", "accepted", 3)
    assert (ticket.decision.topic, ticket.decision.party, ticket.decision.forward_to) == ("level_1", "", None)
    letters = house.sent()
    assert kinds(letters) == [("promise", ANA), ("notice", SAM)]
    assert "The installer stops at 80 %." in words(letters[1])
    assert f"{DIST}, to whom it was forwarded, cannot solve it" in words(letters[1])
    assert "Our own support desk has ticket ON-1 now and answers it." in words(letters[0])
    assert DIST not in words(letters[0])
    assert [event.kind for event in house.events()][-4:] == ["taken_back", "letter_written", "escalated", "staff_told"]
    assert house.comes(ANA, "Thank you.", "Re: [ON-1] Client").end is End.FOLLOW_UP
    assert kinds(house.sent()) == [("notice", SAM)]


@pytest.mark.parametrize(
    "text",
    [
        "\n\n  #ESCALATE  \n",
        "#escalate\n\n-- \nDist Ltd\nhelp@dist.example\n",
        "#Escalate\n\nOn Fri, 13 Mar 2026 at 10:30, Maker Support <support@maker.example> wrote:\n> Hello,\n",
        "On Fri, 13 Mar 2026 at 10:30, Maker Support <support@maker.example> wrote:\n> Hello,\n\n#escalate\n",
    ],
)
def test_the_command_is_the_first_line_of_the_writers_own_words(house: House, text: str) -> None:
    house.replies(house.forwarded(), DIST, text)
    assert is_back(house)


HTML = "From: help@dist.example\r\nTo: support@maker.example\r\nSubject: Re: [ON-1] Client\r\n"


@pytest.mark.parametrize(
    ("body", "back"),
    [
        ("<p>#escalate</p><p>It stops.</p>", True),
        ("<div><br></div><div>&nbsp;#Escalate&#8203;</div><div>It stops.</div>", True),
        ("<style>p{color:red}</style><p><b>#esc</b>alate</p>", True),
        ("<p>We solved it.</p><blockquote type=cite><p>#escalate</p></blockquote>", False),
        ("<blockquote type=cite><p>#escalate</p></blockquote>", False),
        ("<p>It is <s>#escalate</s> solved.</p>", False),
        ("<p style='display:none'>#escalate</p><p>We solved it.</p>", False),
        ("<p>We solved it.</p><p>-- <br>#escalate</p>", False),
        ("<!-- #escalate --><p>Solved.</p>", False),
    ],
)
def test_html_is_read_as_a_person_reads_it(house: House, body: str, back: bool) -> None:
    forward = house.forwarded()
    html = f"{HTML}In-Reply-To: {forward.message_id}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n"
    assert house.comes_raw(html.encode()).end is End.FOLLOW_UP
    assert is_back(house) is back


def test_a_mail_that_is_attached_says_nothing_for_who_attaches_it(house: House) -> None:
    forward = house.forwarded()
    inner = f"From: {ANA}\r\nSubject: x\r\n\r\n#escalate\r\n"
    raw = (
        f'{HTML}In-Reply-To: {forward.message_id}\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    )
    assert house.comes_raw(raw.encode()).end is End.FOLLOW_UP
    assert not is_back(house)


@pytest.mark.parametrize(
    "text",
    [
        "We solved it.\n\n> #escalate\n",
        "> #escalate\n",
        "We solved it.\n\n-- \n#escalate\n",
        "Solved.\n\nOn Fri, 13 Mar 2026 at 10:30, Maker Support <support@maker.example> wrote:\n> #escalate\n",
        "Solved.\n\n-----Original Message-----\nFrom: Maker Support\n\n#escalate\n",
        "--- reply above this line ---\n\n#escalate\n",
    ],
)
def test_a_command_that_is_only_quoted_or_signed_with_is_none(house: House, text: str) -> None:
    house.replies(house.forwarded(), DIST, text)
    assert not is_back(house)
    assert kinds(house.sent()) == [("notice", SAM)]


@pytest.mark.parametrize("text", ["#escalte\n", "#escalate please\n", "Hello,\n\n#escalate\n", "escalate\n"])
def test_what_only_looks_like_the_command_is_text_with_a_hint_for_staff(house: House, text: str) -> None:
    house.replies(house.forwarded(), DIST, text)
    assert not is_back(house)
    (notice,) = house.sent()
    assert "looks like the command #escalate" in words(notice)


class TestForgers:
    """Whoever falls short moves nothing; staff hear what was missing, nobody else hears anything."""

    def refused(self, house: House, *missing: str) -> None:
        assert house.ticket().status == "with_distributor"
        (notice,) = [one for one in house.sent() if one.kind == "notice"]
        for why in missing:
            assert why in words(notice)

    def test_the_customer_who_saw_the_message_id_is_not_the_distributor(self, house: House) -> None:
        forward = house.forwarded()
        for sender in (ANA, BEN):
            house.replies(forward, sender, "#escalate\n")
            self.refused(house, "not the address that it was forwarded to")

    def test_a_number_in_the_subject_proves_nothing(self, house: House) -> None:
        house.forwarded()
        house.comes(DIST, "#escalate\n", "Re: [ON-1] Client")
        self.refused(house, "does not answer the letter")

    def test_neither_does_another_letter_of_the_ticket(self, house: House) -> None:
        house.comes(ANA, Message_ID="<first@clinic.example>")
        routed = next(one for one in house.sent() if one.kind == "routed")
        for known in (routed.message_id, "<first@clinic.example>"):
            house.comes(DIST, f"#escalate\n\n{known}", "Re: [ON-1] Client", In_Reply_To=known, References=known)
            self.refused(house, "does not answer the letter")

    def test_the_letter_of_one_ticket_proves_nothing_for_another(self, house: House) -> None:
        first = house.forwarded()
        house.comes(ANA, "How do we install the server?", "Server")
        house.sent()
        house.comes(DIST, "#escalate\n", "Re: [ON-2] Server", In_Reply_To=first.message_id)
        assert (house.ticket("ON-1").status, house.ticket("ON-2").status) == ("open", "with_distributor")

    def test_a_forged_distributor_is_found_out_by_the_mail_server(self, house: House) -> None:
        house.under(desk_of(authserv_id="mx.maker.example"))
        forward = house.forwarded()
        for verdict in ("dmarc=fail header.from=dist.example", "dmarc=pass header.from=evil.example", "none"):
            house.replies(
                forward, DIST, f"#escalate\n\n{verdict}", Authentication_Results=f"mx.maker.example; {verdict}"
            )
            self.refused(house, "does not vouch for the sender")
        house.replies(forward, DIST, "#escalate\n", **VOUCHED)
        assert is_back(house)

    def test_a_verdict_that_the_forger_wrote_himself_is_none(self, house: House) -> None:
        house.under(desk_of(authserv_id="mx.maker.example"))
        forged = "mx.evil.example; dmarc=pass header.from=dist.example"
        house.replies(house.forwarded(), DIST, "#escalate\n", Authentication_Results=forged)
        self.refused(house, "does not vouch for the sender")

    def test_what_was_never_sent_cannot_be_answered(self, house: House) -> None:
        house.under(desk_of(mode="observe")).comes(ANA)
        withheld = next(one for one in house.events() if one.kind == "forward_withheld")
        assert "message_id" not in withheld.detail
        house.sent()
        house.comes(DIST, "#escalate\n", "Re: [ON-1] Client")
        self.refused(house, "does not answer the letter")

    def test_a_machine_gives_no_commands(self, house: House) -> None:
        forward = house.forwarded()
        assert house.replies(forward, DIST, "#escalate\n", Auto_Submitted="auto-replied").end is End.IGNORED
        house.replies(forward, DIST, "#escalate\n", List_Id="<x.dist.example>")
        self.refused(house, "A machine wrote it")

    def test_a_colleague_of_the_distributor_is_a_stranger_and_staff_hear_of_him(self, house: House) -> None:
        forward = house.forwarded()
        ended = house.replies(forward, STRANGER, "#escalate\n")
        assert (ended.end, ended.reference) == (End.DECLINED, "ON-2")
        self.refused(house, f"{STRANGER} is not on this ticket, but answers the letter", "became ON-2")

    def test_strangers_who_only_know_the_number_are_told_of_once_an_hour(self, house: House) -> None:
        house.forwarded()
        for number in range(5):
            house.comes(f"x{number}@evil.example", "#escalate\n", "Re: [ON-1] Client")
        self.refused(house, "x0@evil.example wrote #escalate", "not the address that it was forwarded to")
        house.comes("x@evil.example", "Please #escalate", "Re: [ON-1] Client")
        assert [one for one in house.sent() if one.kind == "notice"] == []
        house.now += timedelta(hours=2)
        house.comes("x9@evil.example", "#escalate\n", "Re: [ON-1] Client")
        self.refused(house, "x9@evil.example")


class TestNotNow:
    def test_the_second_time_nothing_is_left_to_move(self, house: House) -> None:
        forward = house.forwarded()
        house.replies(forward, DIST, "#escalate\n")
        house.sent()
        house.replies(forward, DIST, "#escalate\n\nonce more")
        (notice,) = house.sent()
        assert "The case is not with its distributor now." in words(notice)
        assert [event.kind for event in house.events()].count("taken_back") == 1

    def test_the_same_bytes_again_are_the_same_mail(self, house: House) -> None:
        forward = house.forwarded()
        raw = f"{HTML}In-Reply-To: {forward.message_id}\r\n\r\n#escalate\r\n".encode()
        assert [house.comes_raw(raw).end for _ in range(2)] == [End.FOLLOW_UP, End.DUPLICATE]
        assert kinds(house.sent()) == [("promise", ANA), ("notice", SAM)]

    def test_after_closing_the_command_does_nothing_of_its_own(self, house: House) -> None:
        forward = house.forwarded()
        with house.database.transaction() as tx:
            tickets.set_status(tx, house.ticket().ticket_id, "closed", house.now)
        house.replies(forward, DIST, "#escalate\n")
        (notice,) = house.sent()
        assert "The case is not with its distributor now." in words(notice)
        assert house.ticket().decision.topic == "level_0"

    def test_a_support_partner_may_not(self, house: House) -> None:
        house.comes(ANA, USAGE, "Tracing")
        forward = next(one for one in house.sent() if one.kind == "forward")
        house.replies(forward, PARTNER, "#escalate\n")
        assert house.ticket().status == "with_partner"
        (notice,) = house.sent()
        assert "A support partner may not send a case back." in words(notice)

    def test_a_distributor_who_left_the_contract_still_has_the_case_that_was_forwarded_to_him(
        self, house: House
    ) -> None:
        forward = house.forwarded()
        house.admit(contract(distributor="new@dist.example"), Contact(ANA, "Ana Ruiz", "O-1"))
        house.replies(forward, DIST, "#escalate\n")
        assert is_back(house)


def test_where_the_plan_promises_an_answer_the_promise_runs_from_then_on(tmp_path: Path, house: House) -> None:
    text = policy_file("onyxceph").read_text(encoding="utf-8")
    promised = text.replace(
        'queue = "support"\n\n[severity]', 'queue = "support"\nfirst_response = { 3 = "8 bh" }\n\n[severity]'
    )
    (tmp_path / "prompt.toml").write_text(promised, encoding="utf-8")
    house.under(desk_of(str(tmp_path / "prompt.toml")))
    house.admit(contract(policy="prompt"), Contact(ANA, "Ana Ruiz", "O-1"))
    forward = house.forwarded()
    house.now += timedelta(days=3)
    house.replies(forward, DIST, "#escalate\n")
    assert kinds(house.sent()) == [("promise", ANA), ("notice", SAM)]
    with house.database.snapshot() as tx:
        (clock,) = clocks.of_ticket(tx, house.ticket().ticket_id)
    assert clock.started_at == house.now
    assert clock.due_at > house.now


def test_in_an_observing_mailbox_the_customer_is_not_written_to(house: House) -> None:
    forward = house.forwarded()
    house.under(desk_of(mode="observe")).replies(forward, DIST, "#escalate\n")
    assert is_back(house)
    assert kinds(house.sent()) == [("notice", SAM)]


def test_our_own_address_escalates_nothing(house: House) -> None:
    forward = house.forwarded()
    assert house.replies(forward, SUPPORT, "#escalate\n").end is End.IGNORED
    assert not is_back(house)
