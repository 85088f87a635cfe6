"""One mail of each kind that is known to break, slow or bloat a reader of mail, made on the spot."""

import base64


def hostile_mails(sender: str, to: str) -> dict[str, bytes]:
    """Kind -> raw mail. Each has From and To as given, so that only its shape is strange."""
    head = f"From: {sender}\r\nTo: {to}\r\nMIME-Version: 1.0\r\n".encode()
    text = b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello, a question about the retention setting, please.\r\n"

    def plain(subject: str, extra: bytes = b"") -> bytes:
        return head + f"Subject: {subject}\r\n".encode() + extra + text

    typed = head + b"Subject: x\r\nContent-Type: "
    cc = b",\r\n ".join(b"a%d@b.example" % number for number in range(10_000))
    injected = b"Reply-To: =?utf-8?q?a=0D=0ABcc=3A_x=40y=2Eexample?= <a@b.example>\r\n"
    return {
        "unknown charset": head + b"Subject: a\r\nContent-Type: text/plain; charset=x-bogus\r\n\r\nHello \xe9\r\n",
        "broken message-id": plain("b", b"Message-ID: <[abc@x>\r\n"),
        "unclosed quote in Cc": plain("c", b'Cc: "\r\n'),
        "20,000 brackets in Cc": plain("d", b"Cc: " + b"(" * 20_000 + b"\r\n"),
        "raw 8-bit subject": head + b"Subject: caf\xe9 \xff\r\n" + text,
        "unknown-8bit word": plain("=?unknown-8bit?q?=E9?="),
        "NUL in subject and body": head + b"Subject: a\0b\r\nContent-Type: text/plain\r\n\r\nHello\0 there\r\n",
        "subject twice": plain("one", b"Subject: two\r\n"),
        "boundary without end": head
        + b'Subject: e\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nhi',
        "part that claims a boundary it never uses": head
        + b'Subject: f\r\nContent-Type: multipart/report; boundary="y"\r\n\r\nno part here\r\n',
        "500 nested multiparts": head + _nested(500),
        "2,000 nested multiparts": head + _nested(2_000),
        "500 nested messages": head + b"Subject: g\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 500 + text,
        "3,000 unterminated messages": head + b"Subject: p\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        "attributions that never end": plain("q") + b"On Tue, 10 Mar 2026 at 09:15, Ana Ruiz\r\n" * 20_000,
        "a signature that wraps nothing": head
        + b"Subject: r\r\nContent-Type: application/pkcs7-mime\r\n\r\n0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\r\n",
        "10,000 headers": plain("h", b"".join(b"X-%d: y\r\n" % number for number in range(10_000))),
        "10,000 Received": plain("i", b"Received: from a by b; Thu, 12 Mar 2026 10:00:00 +0000\r\n" * 10_000),
        "10,000 addresses in Cc": plain("j", b"Cc: " + cc + b"\r\n"),
        "1 MB of encoded words": plain(" ".join(["=?utf-8?q?=C3=A9?="] * 55_000)),
        "a 500 kB line": head + b"Subject: k\r\nContent-Type: text/plain\r\n\r\n" + b"On a " * 100_000 + b"\r\n",
        "20,000 blank lines": typed + b"text/plain\r\n\r\nhello\r\n" + b"\r\n" * 20_000 + b"end\r\n",
        "10,000 parts": head
        + b'Subject: m\r\nContent-Type: multipart/mixed; boundary="z"\r\n\r\n'
        + b"--z\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 10_000
        + b"--z--\r\n",
        "a header injected through a name": plain("n", injected),
        "a path as attachment name": head + _attachment("../../etc/passwd", b"root"),
        "no header at all": b"hello\r\n",
        "only line ends": b"\r\n\r\n\r\n",
        "20 MB attachment": head + _attachment("big.bin", b"\x01\x02\x03" * 7_000_000),
        "HTML nested 5,000 deep": head
        + b"Subject: o\r\nContent-Type: text/html\r\n\r\n"
        + b"<div>" * 5_000
        + b"deep"
        + b"</div>" * 5_000
        + b"\r\n",
    }


def _nested(depth: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(depth)
    )
    return b"Subject: nested\r\n" + opened + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


def _attachment(name: str, content: bytes) -> bytes:
    return (
        b'Subject: attachment\r\nContent-Type: multipart/mixed; boundary="q"\r\n\r\n'
        b"--q\r\nContent-Type: text/plain\r\n\r\nPlease see the file about the setting.\r\n"
        b"--q\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        + f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode()
        + base64.encodebytes(content)
        + b"--q--\r\n"
    )
