"""The same mail by another road is one mail; another mail under the same Message-ID is another one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.copies import attached, content_of
from intake.desk import Desk, load_desks
from intake.mail.parse import parse
from intake.settings import ImapSettings, MailboxSettings, Settings, SmtpSettings, StorageSettings
from rules.facts import Contact, End
from storage import checkpoints, ledger, listings, outbox
from tests.intake.distribution import ANA, BEN, House, contract, house_in, kinds

ID = "<one@clinic.example>"
TEXT = "Hello,\n\nthe server reports an error when we export a report.\n\nAna\n"
PDF, OTHER = b"%PDF-1.7 " + bytes(range(256)) * 40, b"%PDF-1.7 " + bytes(reversed(range(256))) * 40


def written(
    text: str = TEXT, subject: str = "Export", sender: str = ANA, attachment: bytes | None = None, log: str = ""
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, "support@maker.example", subject, ID
    mail.set_content(text)
    if attachment is not None:
        mail.add_attachment(attachment, maintype="application", subtype="pdf", filename="report.pdf")
    if log:
        mail.add_attachment(log, filename="log.txt")
    # a boundary of its own for each mail would say that two are two, which nobody asks
    return mail.as_bytes().replace(b"\n", b"\r\n")


def by(road: str, raw: bytes) -> bytes:
    """As it comes by another road: with other trace headers."""
    return (
        f"Delivered-To: {road}@maker.example\r\nReceived: from x by {road}; Fri, 13 Mar 2026 9:00:00 +0000\r\n".encode()
        + raw
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        ours = contract(policy="irex", plan="standard", distributor="", support_partner="")
        made.admit(ours, Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"))
        yield made


def ends(house: House, *raws: bytes) -> list[End | None]:
    return [house.comes_raw(raw).end for raw in raws]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(written(), by("info", written()), id="two aliases"),
        pytest.param(written(attachment=PDF), by("info", written(attachment=PDF)), id="with an attachment"),
        pytest.param(written(log="a line"), by("info", written(log="a line")), id="with a text attached"),
        pytest.param(
            written(),
            by("list", written(TEXT + "\n-- \nusers mailing list\n", "[users] Export")),
            id="through a mailing list that writes below and into the subject",
        ),
        pytest.param(written(), written().replace(b"\r\n", b"\n"), id="other line ends"),
        pytest.param(written(), by("resent", b"Resent-From: " + ANA.encode() + b"\r\n" + written()), id="redirected"),
    ],
)
def test_one_mail_on_two_roads_is_one_ticket(house: House, first: bytes, second: bytes) -> None:
    assert ends(house, first, second) == [End.TICKET, End.DUPLICATE]
    assert len([one for one in house.sent() if one.kind == "acknowledgement"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(written("Hello,\n\nthe import fails, too.\n\nAna\n"), id="another text"),
        pytest.param(written(subject="Import"), id="another subject"),
        pytest.param(written(sender=BEN), id="another sender"),
        pytest.param(written(attachment=OTHER), id="another attachment of the same size"),
        pytest.param(written(), id="no attachment"),
        pytest.param(written(attachment=PDF, log="a line"), id="a further attachment"),
    ],
)
def test_another_mail_under_the_same_message_id_is_one_of_its_own(house: House, other: bytes) -> None:
    assert ends(house, written(attachment=PDF), other) == [End.TICKET, End.TICKET]


def test_the_same_words_without_a_message_id_are_two_mails(house: House) -> None:
    bare = written().replace(b"Message-ID: " + ID.encode() + b"\r\n", b"")
    assert ends(house, bare, by("info", bare)) == [End.TICKET, End.TICKET]


def test_what_is_sent_again_long_after_is_a_mail_of_its_own(house: House) -> None:
    house.comes_raw(written())
    house.now += timedelta(days=7)
    assert house.comes_raw(by("a", written())).end is End.DUPLICATE
    house.now += timedelta(seconds=1)
    assert house.comes_raw(by("b", written())).end is End.TICKET


def test_a_copy_is_kept_beside_the_mail_that_came_first(house: House) -> None:
    ends(house, written(), by("info", written()))
    with house.database.snapshot() as tx:
        first, second = listings.mails_of_ticket(tx, 1)
        assert (first.end, second.end, second.ticket_id) == (End.TICKET, End.DUPLICATE, 1)
        assert "mail 1 of support" in second.reason
        assert ledger.raw(tx, second.mail_id) == by("info", written())
    assert house.events()[-1].kind == "copy"
    assert ends(house, by("info", written())) == [End.DUPLICATE]  # its bytes are known, too


def test_a_mail_that_goes_in_circles_fills_no_log(house: House) -> None:
    assert ends(house, *(by(f"hop{number}", written()) for number in range(30))) == [End.TICKET] + [End.DUPLICATE] * 29
    assert [event.kind for event in house.events()].count("copy") == 10


def test_a_follow_up_by_two_roads_is_told_once(house: House) -> None:
    house.comes_raw(written())
    house.sent()
    reply = written("It is back.", "Re: [ON-1] Export").replace(ID.encode(), b"<two@clinic.example>")
    assert ends(house, reply, by("info", reply)) == [End.FOLLOW_UP, End.DUPLICATE]
    assert [kind for kind, _ in kinds(house.sent())] == ["notice"]


def box(name: str, prefix: str, **changes: object) -> MailboxSettings:
    fields: dict[str, object] = {
        "name": name,
        "address": f"{name}@maker.example",
        "policy": "irex",
        "ticket_prefix": prefix,
        "imap": ImapSettings(host="127.0.0.1", username=name),
        "smtp": SmtpSettings(host="127.0.0.1"),
    }
    return MailboxSettings(**(fields | changes))  # type: ignore[arg-type]


def two_desks(**changes: object) -> tuple[Desk, Desk]:
    boxes = (box("support", "ON"), box("care", "CA", **changes))
    here, there = load_desks(Settings(storage=StorageSettings(url="sqlite://"), mailbox=boxes))
    return here, there


def begin(house: House) -> None:
    with house.database.transaction() as tx:
        checkpoints.start(tx, "care", 7, None)


def test_two_mailboxes_of_one_policy_are_two_doors_of_one_desk(house: House) -> None:
    """Also for what goes on: the reply to the ticket of the one belongs to it in the other."""
    begin(house)
    here, there = two_desks()
    assert here.doors == {"support": "ON", "care": "CA"} == there.doors
    assert house.under(here).comes_raw(written()).end is End.TICKET
    assert house.under(there).comes_raw(by("care", written())).end is End.DUPLICATE
    assert house.comes_raw(written()).end is End.DUPLICATE
    reply = written("It is back.", "Re: [ON-1] Export").replace(ID.encode(), b"<two@clinic.example>")
    ended = house.comes_raw(reply)
    assert (ended.end, ended.reference) == (End.FOLLOW_UP, "ON-1")
    assert house.under(here).comes_raw(by("support", reply)).end is End.DUPLICATE


@pytest.mark.parametrize("changes", [{"policy": "gold"}, {"mode": "observe"}])
def test_a_mail_to_two_mailboxes_that_answer_differently_is_a_mail_of_each(
    house: House, changes: dict[str, object]
) -> None:
    """What the one decides must not keep the other from its own answer; one that observes answers nobody."""
    begin(house)
    here, there = two_desks(**changes)
    assert house.under(there).comes_raw(by("care", written())).end in (End.TICKET, End.DECLINED)
    assert house.under(here).comes_raw(written()).end is End.TICKET
    assert house.comes_raw(by("support", written())).end is End.DUPLICATE


@pytest.mark.parametrize(
    ("sender", "to", "mode", "letters"),
    [
        (ANA, "care@maker.example, Support@maker.example", "live", []),
        (ANA, "care@maker.example", "live", ["decline"]),
        (ANA, "care@maker.example, support@maker.example", "observe", ["decline"]),
        ("mo@nowhere.example", "care@maker.example, support@maker.example", "live", ["decline"]),
    ],
)
def test_who_writes_to_two_mailboxes_at_once_is_not_declined_by_the_one_that_does_not_know_him(
    house: House, sender: str, to: str, mode: str, letters: list[str]
) -> None:
    begin(house)
    boxes = (box("support", "ON", mode=mode), box("care", "CA", policy="gold"))
    _, there = load_desks(Settings(storage=StorageSettings(url="sqlite://"), mailbox=boxes))
    raw = written(sender=sender).replace(b"To: support@maker.example", f"To: {to}".encode())
    ended = house.under(there).comes_raw(raw)
    assert (ended.end, ended.reference) == (End.DECLINED, "CA-1")
    with house.database.transaction() as tx:
        sent = outbox.claim(tx, "test", house.now, ["care"], 9)
    assert [one.kind for one in sent] == letters


def test_white_space_and_a_lists_tag_make_no_difference() -> None:
    one = parse(written())
    assert content_of(one) == content_of(replace(one, subject="[users]  export", new_text=TEXT.replace("\n", "\r\n")))
    assert content_of(replace(one, message_id=None)) is None
    assert content_of(replace(one, sender=None)) is None


def test_of_a_mail_without_new_words_the_whole_text_counts() -> None:
    one = replace(parse(written()), new_text=" ", text="quoted")
    assert content_of(one) != content_of(replace(one, text="otherwise"))


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        (b"", 0),
        (b"no header at all", 0),
        (b"Content-Type: text/plain\r\n\r\nhello", 0),
        (b"Content-Type: application/pdf\r\n\r\nhello", 1),
        (b"Content-Type:\r\n application/pdf\r\n\r\nhello", 1),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nhello", 1),
        (written(attachment=PDF, log="a"), 2),
        (written(attachment=PDF)[:-300], 1),
    ],
)
def test_attachments_are_told_apart_as_they_stand(raw: bytes, parts: int) -> None:
    assert len(attached(raw)) == parts


@given(
    st.binary(max_size=300) | st.from_regex(rb'(Content-Type: \w+/\w+; boundary="?b"?\r?\n|\r?\n|--b-?-?\r?\n|x){0,20}')
)
def test_whatever_the_bytes_are_they_are_taken_apart_and_alike_to_themselves(raw: bytes) -> None:
    assert attached(raw) == attached(raw)
    assert len(attached(b"Received: by x\r\n" + raw)) <= raw.count(b"--b") + 1


def test_a_hostile_mail_is_compared_in_linear_time() -> None:
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n--b--\r\n" * 200_000
    assert attached(many) == frozenset()
    assert len(attached(b'boundary="x"\r\n' * 20_000 + b"-" * 1_000_000)) == 0
