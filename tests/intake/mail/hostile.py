"""Mails made to hang, bloat or break their reader, each made on the spot, and a way to read them one by one.

`python -m tests.intake.mail.hostile` prints for each, as JSON: its name, the seconds of processor time, the octets of
resident memory at their highest, and the reason of a refusal, "" where it was read. Each is made and read in a process
of its own, forked from one that has imported everything, so that no mail pays for the one before it.
"""

import base64
import json
import os
import random
import resource
import struct
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from intake.mail.parse import parse
from rules.facts import Unreadable
from tests.intake.mail.winmail import PROPERTIES, attached, properties, winmail

SECONDS = 10
MEMORY = 1 << 30

FROM = b"From: Ana <ana@alder.example>\r\n"
HTML = FROM + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
WORDS = b"=?utf-8?q?=C3=A9t=C3=A9?="
TRACE = b"Received: from a by b; Tue, 10 Mar 2026 09:15:02 +0100\r\n"
PART = b"Content-Type: image/png; name=a.png\r\n\r\nx"
BASE64 = b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
STATUS = b"Content-Type: message/delivery-status\r\n\r\n"
DAEMON = b"From: mailer-daemon@b.cc\r\nSubject: Undelivered mail\r\n"
SIGNED = b"Content-Type: application/pkcs7-mime\r\n\r\n"
FLOWED = FROM + b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"


def multipart(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return FROM + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def nested(depth: int) -> bytes:
    pairs = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return FROM + b"".join(pairs)


def many(line: bytes, count: int) -> bytes:
    return b"".join(line % number for number in range(count))


def packed(data: bytes) -> bytes:
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return multipart(b"\r\nx", head + base64.encodebytes(data))


def rich(kind: bytes, packed_text: bytes) -> bytes:
    """Its text as RTF alone, packed ([MS-OXRTFCP])."""
    text = struct.pack("<II", len(packed_text) + 12, 1 << 31) + kind + b"\0\0\0\0" + packed_text
    return winmail((1, PROPERTIES, properties((0x1009, 0x102, text))))


def prefixed(depth: int) -> bytes:
    """Multiparts whose boundaries are prefixes of one another, and delimiters of all of them at random."""
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (b"a" * n, b"a" * n) for n in range(1, depth)
    )
    order = random.Random(1)
    return FROM + opened + b"".join(b"\r\nx\r\n--" + b"a" * order.randrange(1, depth) + b"\r\n" for _ in range(10_000))


def within(depth: int) -> bytes:
    head = FROM + b"Subject: " + WORDS * 20 + b"\r\nContent-Type: message/rfc822; name=" + WORDS * 20 + b"\r\n\r\n"
    return head * depth + FROM + b"\r\nx"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "1 MB of encoded words in a subject": lambda: FROM + b"Subject: " + WORDS * 45_000 + b"\r\n\r\nx",
    "as many, folded": lambda: FROM + b"Subject: " + (WORDS + b"\r\n ") * 45_000 + b"x\r\n\r\nx",
    "encoded words that never end": lambda: FROM + b"To: " + b"=?utf-8?q?=?=a=" * 4_000 + b"\r\n\r\nx",
    "encoded words in every header": lambda: FROM + (b"Cc: " + WORDS * 2400 + b"\r\n") * 3 + b"\r\nx",
    "encoded words in a name of an attachment": lambda: multipart(
        b'Content-Type: a/b; name="' + WORDS * 2400 + b'"\r\n\r\nx'
    ),
    "10,000 parameters": lambda: FROM + b"Content-Type: a/b" + many(b'; name*%d*="%%41"', 4_000) + b"\r\n\r\nx",
    "10,000 headers": lambda: FROM + many(b"X-%d: y\r\n", 10_000) + b"\r\nx",
    "10,000 Received": lambda: FROM + TRACE * 10_000 + b"\r\nx",
    "10,000 recipients": lambda: FROM + b"To: " + many(b"u%d@b.cc, ", 10_000) + b"\r\n\r\nx",
    "10,000 references": lambda: FROM + b"References: " + many(b"<u%d@b.cc>\r\n ", 4_000) + b"\r\n\r\nx",
    "60,000 brackets": lambda: FROM + b"To: " + b"(" * 60_000 + b"\r\nCc: " + b"<" * 60_000 + b"\r\n\r\nx",
    "60,000 quotes": lambda: (
        FROM + b"To: " + b'"' * 60_000 + b"\r\nContent-Type: a/b" + b';x="' * 15_000 + b"\r\n\r\nx"
    ),
    "60,000 backslashes": lambda: FROM + b'To: "' + b"\\" * 60_000 + b'" <a@b.cc>\r\n\r\nx',
    "2,000 nested parts": lambda: nested(2000),
    "90 nested parts": lambda: nested(90) + b"\r\nx",
    "3,000 unterminated messages": lambda: FROM + b"Content-Type: message/rfc822\r\n\r\n" * 3000 + b"x",
    "3,000 messages in a digest": lambda: multipart(*[b"\r\nFrom: a@b.cc\r\n\r\nx"] * 3000, kind=b"digest"),
    "10,000 parts": lambda: multipart(*[b"\r\nx"] * 10_000),
    "10,000 attachments": lambda: multipart(*[PART] * 10_000),
    "5,000 pages": lambda: multipart(*[b"Content-Type: text/html\r\n\r\n<p>x"] * 5_000),
    "5,000 signed parts": lambda: multipart(*[SIGNED + b"0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02"] * 5_000),
    "a 30 MB attachment": lambda: multipart(b"\r\nx", BASE64 + base64.encodebytes(b"x" * 30_000_000)),
    "a 10 MB attachment in one line": lambda: multipart(b"\r\nx", BASE64 + base64.b64encode(b"x" * 10_000_000)),
    "10 MB of broken base64": lambda: multipart(b"\r\nx", BASE64 + b"QUJ=\r\n" * 1_700_000),
    "10 MB in uuencode": lambda: multipart(
        b"\r\nx",
        BASE64.replace(b"base64", b"x-uuencode") + b"begin 644 a\r\n" + (b"M" + b"a" * 60 + b"\r\n") * 160_000 + b"end",
    ),
    "30 MB of text": lambda: FROM + b"\r\n" + b"one line of many\r\n" * 1_700_000,
    "10 MB of bare carriage returns": lambda: FROM.replace(b"\r\n", b"\r") + b"\r" * 10_000_000,
    "a line of 10 MB": lambda: FROM + b"\r\n" + b"x" * 10_000_000,
    "a line of 500 kB": lambda: FROM + b"\r\n" + b"On a " * 100_000,
    "a header of 10 MB": lambda: FROM + b"X: " + b"x" * 10_000_000,
    "10 MB of delimiters": lambda: multipart(b"--\r\n" * 2_500_000),
    "20,000 blank lines": lambda: FROM + b"\r\nhello\r\n" + b"\r\n" * 20_000 + b"end\r\n",
    "attributions that never end": lambda: FROM + b"\r\n" + b"On Tue, 10 Mar 2026 at 09:15, Ana\r\n" * 20_000,
    "blocks of headers that never end": lambda: FROM + b"\r\n" + b"From: a@b.cc\r\nSent: 10:00\r\nx\r\n" * 10_000,
    "no-break spaces": lambda: FROM + b"\r\n" + b"\xc2\xa0" * 500_000 + b"\r\n" + b"\xc2\xa0\r\n" * 100_000,
    "quotes 10,000 deep": lambda: FROM + b"\r\n" + many(b">" * 500 + b" %d\r\n", 4_000),
    "signatures without end": lambda: FROM + b"\r\n" + b"-- \r\n" * 200_000 + b"Best regards\r\n" * 200_000,
    "flowed lines without end": lambda: FLOWED + b"a \r\n" * 500_000,
    "armour without end": lambda: FROM + b"\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 60_000,
    "files without end": lambda: FROM + b"\r\n" + b"begin 644 a\r\n" * 150_000 + b"\r\nend\r\n",
    "an event without end": lambda: (
        FROM + b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:" + b"x\r\n y" * 400_000
    ),
    "a quoted-printable bomb": lambda: FROM + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 2_000_000,
    "a punycode bomb": lambda: FROM + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 300_000 + b"-\xff",
    "a utf-7 bomb": lambda: FROM + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AAA" * 500_000,
    "iso-2022 escapes": lambda: (
        FROM + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B\x1b(B" * 300_000
    ),
    "noise": lambda: FROM + b"\r\n" + random.Random(1).randbytes(2_000_000),
    "noise in base64": lambda: multipart(BASE64 + random.Random(1).randbytes(2_000_000)),
    "1 MB of open elements": lambda: HTML + b"<div>" * 200_000,
    "1 MB of hidden elements": lambda: HTML + b"<p style='display:none'>" * 43_000,
    "1 MB of quoted blocks": lambda: HTML + b"<blockquote type=cite>x" * 43_000,
    "1 MB of attributes": lambda: HTML + b"<p " + b"style='font-size:0' " * 50_000 + b">x",
    "1 MB of entities": lambda: HTML + b"&#x1f600;&lt;" * 80_000,
    "1 MB of tables": lambda: HTML + b"<table><tr><td>x" * 60_000,
    "10,000 cells": lambda: HTML + b"<table><tr>" + b"<td>x</td>" * 10_000 + b"</tr></table>",
    "1 MB of comments": lambda: HTML + b"<!--" * 250_000 + b"<p>x",
    "a report of 10,000 recipients": lambda: (
        DAEMON + multipart(STATUS + many(b"Final-Recipient: rfc822;a%d@b.cc\r\nAction: failed\r\n\r\n", 10_000))
    ),
    "a bounce of 30,000 addresses": lambda: DAEMON + b"\r\n" + many(b"<u%d@b.cc>: failed\r\n", 30_000),
    "a bounce in one line": lambda: DAEMON + b"\r\n" + b"following recipient from: a@" * 40_000,
    "a winmail.dat of 8 MB": lambda: packed(winmail(*attached("a.bin", b"x" * 8_000_000))),
    "a winmail.dat of 10,000 attachments": lambda: packed(winmail(*attached("a.txt", b"x") * 10_000)),
    "a part's header of 100,000 continuations": lambda: multipart(
        b"Content-Type: a/b" + many(b';\r\n name*%d*="%%41"', 100_000) + b"\r\n\r\nx"
    ),
    "1,000 texts in a charset to be guessed": lambda: multipart(
        *[b"Content-Type: text/plain\r\n\r\n" + bytes(range(128, 256)) * 20] * 1000
    ),
    "200 pages of 80 kB": lambda: multipart(
        *[b"Content-Type: text/html\r\n\r\n" + b"<p>hello <b>there</b>" * 4000] * 200
    ),
    "100 texts of 300 kB": lambda: multipart(*[b"\r\n" + b"hello there\r\n" * 25_000] * 100),
    "boundaries that begin one another": lambda: prefixed(95),
    "messages within messages, all with encoded words": lambda: within(300),
    "2 MB of soft line breaks": lambda: (
        FROM + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"a=   \t \r\n" * 200_000
    ),
    "a charset of 10 kB": lambda: FROM + b"Content-Type: text/plain; charset=" + b"x" * 10_000 + b"\r\n\r\n\xe9",
    "100,000 comments": lambda: FROM + b"To: a@b.cc " + b"(c)" * 100_000 + b"\r\n\r\nx",
    "30,000 groups": lambda: FROM + b"To: " + b"g:" * 30_000 + b"\r\n\r\nx",
    "1 MB of tags that never end": lambda: HTML + b"<a " * 300_000,
    "1 MB of signatures": lambda: HTML + b'<div class="gmail_signature">x</div>' * 25_000 + b"<p>x",
    "1 MB of signatures within one another": lambda: (
        HTML + b'<div class="gmail_signature">' * 30_000 + b"</div>" * 30_000
    ),
    "1 MB of introductions": lambda: HTML + b'<div class="gmail_attr">x</div>' * 30_000,
    "an entity of entities": lambda: (
        HTML + b"<!DOCTYPE x [" + many(b'<!ENTITY a%d "&a0;&a0;&a0;">', 10_000) + b"]><p>&a9;"
    ),
    "a winmail.dat of packed braces": lambda: packed(rich(b"LZFu", (b"\xff" + b"\x0c\xff" * 8) * 200_000)),
    "a winmail.dat of HTML in RTF": lambda: packed(
        rich(b"MELA", b"{\\rtf1\\fromhtml1 " + b"{\\*\\htmltag64 <div>}" * 45_000)
    ),
    "a winmail.dat of nonsense": lambda: packed(winmail((1, 0x69003, b"\xff" * 5_000_000))),
}


def _resident() -> int:
    """The highest resident memory of this process so far, in octets."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024


def _forked(work: Callable[[], None]) -> bool:
    """Whether it came to its end within `SECONDS` of processor time and `MEMORY` octets of address space."""
    if (child := os.fork()) == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _make(make: Callable[[], bytes], kept: Path) -> None:
    kept.write_bytes(make())


def _read(name: str, kept: Path) -> None:
    began = time.process_time()
    try:
        parse(kept.read_bytes(), authserv_id="mx")
        refused = ""
    except Unreadable as refusal:
        refused = str(refusal)
    taken = time.process_time() - began
    print(json.dumps({"name": name, "seconds": taken, "memory": _resident(), "refused": refused}), flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "mail"
        for name, make in HOSTILE.items():
            if not _forked(partial(_make, make, kept)) or not _forked(partial(_read, name, kept)):
                print(json.dumps({"name": name, "seconds": SECONDS, "memory": MEMORY, "refused": "ended by force"}))


if __name__ == "__main__":
    main()
