"""Tell encrypted and signed mail, and read what is only wrapped in a signature.

S/MIME and OpenPGP, as a part of its own or in the text. Nothing is verified here: who really sent a mail is for
`authentication` to say, from what the mailbox's own server found. A mail that nobody without the key can read is said
to be one. Every function looks at bounded data and never fails.
"""

import re

CMS = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
"""S/MIME (RFC 8551 §3.2): encrypted, signed or only compressed, all under one type."""
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
"""What signed-data begins with, and what stands before the content in it (RFC 5652 §5, §4)."""
WAITING = 200_000
"""Octets before which the armour of a text has to begin."""
ARMOUR = re.compile(r"^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)-----[ \t]*$", re.MULTILINE)


def sign(kind: str, smime: str) -> str:
    """What a part of this type says about the mail, "" where nothing. `smime`: the smime-type parameter, if any."""
    if kind == "multipart/encrypted" or (kind in CMS and smime in ("", "enveloped-data", "authenveloped-data")):
        return f"encrypted: {kind}"
    if kind == "multipart/signed" or (kind in CMS and smime == "signed-data"):
        return f"signed: {kind}"
    return ""


def armoured(text: str) -> str:
    """The same of a text that holds OpenPGP armour (RFC 9580 §6)."""
    found = ARMOUR.search(text, 0, WAITING) if "-----BEGIN PGP " in text else None
    if found is None:
        return ""
    return "encrypted: OpenPGP in the text" if found[1] == "MESSAGE" else "signed: OpenPGP in the text"


def without_armour(text: str) -> str:
    """A text that is signed in clear, without what the signature put around it (RFC 9580 §7.2)."""
    found = ARMOUR.search(text, 0, WAITING) if "-----BEGIN PGP SIGNED" in text else None
    if found is None or found[1] == "MESSAGE":
        return text
    head, blank, rest = text[found.end() :].partition("\n\n")
    if not blank or head.count("\n") > 5:  # after the armour's own headers stands an empty line
        return text
    body, _, after = rest.partition("\n-----BEGIN PGP SIGNATURE-----")
    below = after.partition("-----END PGP SIGNATURE-----")[2]
    lines = (line.removeprefix("- ") for line in body.split("\n"))
    return text[: found.start()] + "\n".join(lines) + below


def signed_content(data: bytes) -> bytes:
    """What an S/MIME part of type signed-data carries in the clear, b"" where it carries nothing (RFC 5652 §5.2).

    A walk over the tags as far as the content: no certificate is looked at and nothing is verified.
    """
    start = data.find(SIGNED_DATA, 0, 64)
    found = data.find(DATA, start + 1, start + 400) if start != -1 else -1
    if found == -1:
        return b""
    outer = _value(data, found + len(DATA))
    if outer is None or data[found + len(DATA)] != 0xA0:  # [0] EXPLICIT
        return b""
    return _octet_string(data, outer[0])


def _octet_string(data: bytes, at: int) -> bytes:
    """In one piece or, as large ones are written, in several within it."""
    value = _value(data, at)
    if value is None or data[at] not in (0x04, 0x24):
        return b""
    if data[at] == 0x04:
        return data[value[0] : value[1]]
    out, at = [], value[0]
    while at < value[1] and data[at] == 0x04 and (piece := _value(data, at)) is not None:
        out.append(data[piece[0] : piece[1]])
        at = piece[1]
    return b"".join(out)


def _value(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the value of the element at `at` begins and ends; one of indefinite length goes on to the end."""
    if at + 2 > len(data):
        return None
    first = data[at + 1]
    if first == 0x80:
        return at + 2, len(data)
    if first < 0x80:
        return at + 2, min(at + 2 + first, len(data))
    count = first & 0x7F
    if count > 4 or at + 2 + count > len(data):
        return None
    start = at + 2 + count
    return start, min(start + int.from_bytes(data[at + 2 : start], "big"), len(data))
