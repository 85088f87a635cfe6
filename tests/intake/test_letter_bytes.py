"""The bytes of letters, read back with the standard library's parser: what we wrote, and nothing else."""

import base64
import binascii
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.letter_bytes import (
    MOST_IDS,
    mailboxes,
    message_ids,
    needs_smtputf8,
    serialize,
    unaddressable,
    unstructured,
    wire_address,
)
from rules.facts import Address
from templates.lines import harmless

HEADERS = [("From", "a@x.example"), ("To", "b@y.example"), ("Subject", "s"), ("Message-ID", "<1@x.example>")]
NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from('\r\n\t \x00\x0b\x0c\x1c\x85\u2028\u2029\u202e"\\<>@,;:()[]=?_.é日👩‍💻'), st.characters()
    ),
    max_size=300,
)


def parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def shown(text: str) -> str:
    """What a header is to say of `text`: harmless, with single spaces."""
    return re.sub(" +", " ", harmless(text)).strip(" ")


def name_in(raw: bytes) -> str:
    """The name in From, read the old way: the new parser of Python 3.11 puts spaces between encoded words of a name."""
    name, _ = parseaddr(str(message_from_bytes(raw)["From"]).replace("\r\n", ""))
    return str(make_header(decode_header(name)))


def lines_of(raw: bytes) -> list[bytes]:
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    return raw.split(b"\r\n")


@given(NASTY, NASTY)
def test_no_text_can_end_its_header_and_begin_another(subject: str, name: str) -> None:
    headers = [
        ("From", mailboxes([Address("a@x.example", name)])),
        ("Subject", unstructured(f"Re: {subject}")),
        ("X-Intake", unstructured(f"{name} kind")),
    ]
    raw = serialize(headers, "text\n", None, "seed")
    message = parse(raw)
    assert message.keys() == [
        "From", "Subject", "X-Intake", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    ]  # fmt: skip
    assert message["Subject"] == shown(f"Re: {subject}")
    assert message["X-Intake"] == shown(f"{name} kind")
    assert message["From"].addresses[0].addr_spec == "a@x.example"
    assert name_in(raw) == " ".join(harmless(name).split())[:100].strip()
    assert raw.isascii()
    assert max(map(len, lines_of(raw))) <= 78


@given(NASTY, NASTY)
def test_text_and_html_come_back_as_they_were(text: str, html: str) -> None:
    text, html = (
        one.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n") for one in (text, html)
    )
    raw = serialize(HEADERS, text + "\n", html + "\n", "seed")
    message = parse(raw)
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects
    plain, marked = message.iter_parts()
    for part, kind, wrote in ((plain, "text/plain", text), (marked, "text/html", html)):
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert (part.get_content_type(), part.get_content_charset()) == (kind, "utf-8")
        assert payload.decode().replace("\r\n", "\n") == wrote + "\n"
        assert not part.defects
    assert raw.isascii()
    assert max(map(len, lines_of(raw))) <= 78


@given(st.text(alphabet=st.sampled_from("ab=é日.\n"), max_size=400))
def test_each_part_is_written_in_the_shorter_encoding(text: str) -> None:
    body = serialize(HEADERS, text, None, "seed").partition(b"\r\n\r\n")[2]
    crlf = text.replace("\n", "\r\n").encode()
    plain = base64.encodebytes(crlf).replace(b"\n", b"\r\n")
    quoted = b"\r\n".join(binascii.b2a_qp(line, istext=True) for line in crlf.split(b"\r\n")).replace(b"=\n", b"=\r\n")
    assert body == min(quoted, plain, key=len)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("From here", b"=46rom here"),
        ("a\nFrom here", b"a\r\n=46rom here"),
        (f"{'x' * 75}From here", b"x" * 75 + b"=\r\nFrom here"),
        (f"{'x' * 75} \ny", b"x" * 75 + b"=\r\n=20\r\ny"),
    ],
)
def test_a_line_of_a_text_is_one_that_no_mail_store_changes(text: str, written: bytes) -> None:
    assert serialize(HEADERS, text, None, "seed").endswith(b"\r\n\r\n" + written)


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=120))
def test_the_standard_library_writes_the_same_letter(subject: str) -> None:
    subject = shown(subject) or "x"
    theirs = EmailMessage(policy=SMTP)
    theirs["From"], theirs["To"], theirs["Subject"] = "a@x.example", "b@y.example", subject
    theirs.set_content("grüße\n")
    theirs.add_alternative("<p>grüße</p>\n", subtype="html")
    headers = [("From", "a@x.example"), ("To", "b@y.example"), ("Subject", unstructured(subject))]
    ours = parse(serialize(headers, "grüße\n", "<p>grüße</p>\n", "seed"))
    read = parse(theirs.as_bytes())
    for header in ("From", "To", "MIME-Version"):
        assert ours[header] == read[header]
    assert ours["Subject"] == subject
    for kind in ("plain", "html"):
        one, other = ours.get_body((kind,)), read.get_body((kind,))
        assert one is not None
        assert other is not None
        assert one.get_content() == other.get_content()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Re: [EX-1] plain words", "Re: [EX-1] plain words"),
        ("Re: [EX-1] für dich", "Re: [EX-1] =?utf-8?B?ZsO8cg==?= dich"),
        ("äß and öü", "=?utf-8?B?w6TDnyBhbmQgw7bDvA==?="),
        ("=?utf-8?Q?hidden?=", "=?utf-8?B?PT91dGYtOD9RP2hpZGRlbj89?="),
        ("a\r\nBcc: x", "a Bcc: x"),
    ],
)
def test_a_subject_keeps_its_plain_words_and_encodes_the_rest(text: str, written: str) -> None:
    assert unstructured(text) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "a@x.example"),
        ("Ana Ruiz", "Ana Ruiz <a@x.example>"),
        ("Ruiz, Ana", '"Ruiz, Ana" <a@x.example>'),
        ('A "b" \\', '"A \\"b\\" \\\\" <a@x.example>'),
        ("Ána", "=?utf-8?B?w4FuYQ==?= <a@x.example>"),
        ("x\r\nBcc: y@z.example", '"x Bcc: y@z.example" <a@x.example>'),
    ],
)
def test_a_name_is_written_so_that_it_stays_a_name(name: str, written: str) -> None:
    assert mailboxes([Address("a@x.example", name)]) == written


def test_many_recipients_are_folded_between_addresses() -> None:
    addresses = [Address(f"person{number}@example.com", f"Person {number}") for number in range(20)]
    raw = serialize([("To", mailboxes(addresses))], "x\n", None, "seed")
    assert [one.addr_spec for one in parse(raw)["To"].addresses] == [one.address for one in addresses]
    assert max(map(len, lines_of(raw))) <= 78


@pytest.mark.parametrize(
    "header",
    [
        ("Subject", ""),
        ("Subject", "a\r\nBcc: b"),
        ("Subject", "a\nb"),
        ("Subject", "a\r\n \r\n b"),
        ("Subject", "é"),
        ("Sub ject", "a"),
        ("Subject", "a" * 1000),
    ],
)
def test_a_header_that_is_not_safe_to_write_is_a_bug_of_ours(header: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        serialize([header], "x\n", None, "seed")


def test_message_ids_stand_one_a_line_and_only_sound_ones() -> None:
    ids = ["<a@x>", "b@x", "<c d@x>", "<é@x>", "<a@x>", "<>", f"<{'x' * 600}@y>", "<e@x>\r\nBcc: z", "<f@x>"]
    assert message_ids(ids) == "<a@x>\r\n <f@x>"


def test_a_long_thread_keeps_its_first_and_its_newest_mails() -> None:
    kept = message_ids(f"<{number}@x>" for number in range(1_000)).split("\r\n ")
    assert len(kept) == MOST_IDS
    assert kept[:2] == ["<0@x>", f"<{1_000 - MOST_IDS + 1}@x>"]
    assert kept[-1] == "<999@x>"


def test_a_long_message_id_is_never_encoded() -> None:
    """The standard library of Python 3.11 makes an encoded word of it, and the thread is lost."""
    long = f"<{'x' * 200}@mail.example>"
    raw = serialize([("References", message_ids([long]))], "x\n", None, "seed")
    assert long.encode() in raw


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com",
        "a.b+c@sub.example.com",
        '"a b"@example.com',
        "o'brien@example.com",
        "ana@müller.example",
        "a@localhost",
    ],
)
def test_an_address_that_a_letter_can_go_to(address: str) -> None:
    assert unaddressable(address) == ""
    assert wire_address(address).isascii()


def test_a_letter_that_only_looks_like_ascii_is_made_ascii_in_a_domain() -> None:
    assert wire_address("a@\N{KELVIN SIGN}ernel.example") == "a@kernel.example"


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "@b", "a@", "a b@c.example", "a@b c", "a@b@c", "<a@b.example>", "a@b.example\r\nRCPT TO:<c@d>",
        "a,b@c.example", "a@[192.0.2.1]", "a@-b.example", "a@b..example", "a@" + "b" * 64 + ".example", "a@b_c.example",
        "a" * 65 + "@b.example", "é" * 60 + "@" + "b." * 60 + "example" + "c" * 100, "a\u202eb@c.example",
        "a\x00@b.example", '"a\r\n"@b.example', "a%b.example@c.example", "b.example!a@c.example", '"a%b"@c.example',
    ],
)  # fmt: skip
def test_an_address_that_no_letter_can_go_to(address: str) -> None:
    assert unaddressable(address)
    with pytest.raises(ValueError, match="no letter can be addressed"):
        wire_address(address)


@given(NASTY)
def test_whatever_claims_to_be_an_address_is_refused_or_safe(address: str) -> None:
    if unaddressable(address):
        return
    raw = serialize([("To", mailboxes([Address(address)]))], "x\n", None, "seed")
    assert parse(raw).keys() == ["To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]


def test_a_local_part_beyond_ascii_stands_as_it_is_and_asks_for_smtputf8() -> None:
    raw = serialize([("To", mailboxes([Address("josé@müller.example", "José")]))], "x\n", None, "seed")
    assert "To: =?utf-8?B?Sm9zw6k=?= <josé@xn--mller-kva.example>".encode() in raw
    assert needs_smtputf8([wire_address("josé@müller.example")])
    assert not needs_smtputf8([wire_address("jose@müller.example")])


def test_text_that_is_mostly_beyond_ascii_goes_as_base64_and_other_text_readably() -> None:
    assert b"base64" in serialize(HEADERS, "日本語の手紙です。\n" * 5, None, "seed")
    assert b"quoted-printable" in serialize(HEADERS, "Mit freundlichen Grüßen an alle\n" * 5, None, "seed")


def test_a_line_that_begins_with_from_is_not_touched_by_mail_stores() -> None:
    raw = serialize(HEADERS, "From here on\n.\nx \n", None, "seed")
    assert b"\r\nFrom " not in raw
    assert b"\r\n.\r\n" not in raw
    payload = parse(raw).get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.replace(b"\r\n", b"\n") == b"From here on\n.\nx \n"
