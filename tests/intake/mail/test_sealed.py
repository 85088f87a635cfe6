"""Encrypted mail is said to be so, signed mail is read."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.parse import parse
from intake.mail.sealed import DATA, SIGNED_DATA, signed_content, without_armour

HEAD = "From: a@b.cc\nMIME-Version: 1.0\n"
SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nHello,\n- -- a dash\n-----BEGIN PGP SIGNATURE-----\n\nabc\n"
)


def element(tag: int, value: bytes) -> bytes:
    """One element of DER, its length in two octets."""
    return bytes([tag, 0x82]) + len(value).to_bytes(2, "big") + value


def signed_data(content: bytes, *, pieces: int = 1) -> bytes:
    """RFC 5652 §5.1 as far as the content; the certificates and signatures that follow are noise here."""
    size = -(-len(content) // pieces)
    chunks = [element(0x04, content[at : at + size]) for at in range(0, len(content), size)]
    octets = chunks[0] if pieces == 1 else b"\x24\x80" + b"".join(chunks) + b"\0\0"
    inner = b"\x02\x01\x01" + b"\x31\x0d" + b"\0" * 13 + element(0x30, DATA + element(0xA0, octets)) + b"\xa0\x03abc"
    return element(0x30, SIGNED_DATA + element(0xA0, element(0x30, inner)))


def opaque(data: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m") -> bytes:
    body = base64.encodebytes(data).decode()
    return f"{HEAD}Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{body}".encode()


WITHIN = (
    b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nThe index is gone.\r\n"
    b"--q\r\nContent-Type: a/b; name=a.log\r\n\r\nlog\r\n--q--\r\n"
)


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("kind", ["application/pkcs7-mime; smime-type=signed-data", "application/x-pkcs7-mime"])
def test_what_smime_only_signs_is_read_as_the_mail_that_it_wraps(pieces: int, kind: str) -> None:
    mail = parse(opaque(signed_data(WITHIN, pieces=pieces), kind))
    assert mail.text == "The index is gone."
    assert [each.name for each in mail.attachments] == ["part-1.p7m", "a.log"]
    assert mail.defects[-1].startswith("signed: application/")


def test_a_signature_within_a_signature_is_opened_a_few_times_only() -> None:
    data = WITHIN
    for _ in range(8):
        data = b"Content-Type: application/pkcs7-mime\r\n\r\n" + signed_data(data)
    mail = parse(HEAD.encode() + data)
    assert mail.text == ""
    assert len(mail.attachments) == 6


def test_what_is_signed_may_be_hostile() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(200))
    mail = parse(opaque(signed_data(deep)))
    assert mail.text == ""
    assert "what is signed cannot be read: application/pkcs7-mime" in mail.defects


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("multipart/encrypted; boundary=b", "--b\n\nVersion: 1\n--b--\n", "encrypted: multipart/encrypted"),
        ("multipart/signed; boundary=b", "--b\n\nhello\n--b--\n", "signed: multipart/signed"),
        ("application/pkcs7-mime; smime-type=enveloped-data", "AAAA", "encrypted: application/pkcs7-mime"),
        ("application/x-pkcs7-mime", "AAAA", "encrypted: application/x-pkcs7-mime"),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\n\nabc\n", "encrypted: OpenPGP in the text"),
        ("text/plain", SIGNED, "signed: OpenPGP in the text"),
        ("text/plain", "> -----BEGIN PGP MESSAGE-----\nold\n\nnew", ""),
    ],
)
def test_what_a_mail_is_sealed_with_is_said(kind: str, body: str, said: str) -> None:
    defects = parse(f"{HEAD}Content-Type: {kind}\n\n{body}".encode()).defects
    assert [each for each in defects if each.startswith(("encrypted", "signed"))] == ([said] if said else [])


def test_a_signature_in_the_text_is_nothing_new() -> None:
    assert without_armour(f"above\n{SIGNED}-----END PGP SIGNATURE-----\nbelow") == "above\nHello,\n-- a dash\nbelow"
    mail = parse(f"{HEAD}\n{SIGNED}".encode())
    assert (mail.new_text, mail.text.count("PGP")) == ("Hello,\n-- a dash", 2)


@given(st.binary(max_size=80), st.integers(0, 120))
def test_any_octets_carry_something_or_nothing(noise: bytes, at: int) -> None:
    data = signed_data(b"content", pieces=2)
    assert isinstance(signed_content(data[:at] + noise), bytes)
