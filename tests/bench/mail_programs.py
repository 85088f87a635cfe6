"""Mails as four mail programs write them and as the servers on their way stamp them: headers, MIME, encodings.

Thunderbird, Outlook with Exchange, Apple Mail and Gmail, each with its own order of headers, its way to say what is
beyond ASCII, its boundaries and its HTML. Nothing here is chance: what differs from mail to mail comes in `Written`.
"""

import base64
import html
import quopri
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.utils import format_datetime

CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class Enclosed:
    name: str
    type: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What a customer wrote, before a program makes a mail of it."""

    sender: str
    name: str
    to: str
    subject: str
    text: str
    """Lines end in \\n, paragraphs in an empty one."""
    charset: str
    """The narrowest that holds the text, beside utf-8."""
    language: str
    at: datetime
    token: str
    """Forty hexadecimal digits that no other mail has."""
    with_html: bool
    enclosed: Sequence[Enclosed]


def thunderbird(mail: Written) -> bytes:
    plain = _part("text/plain; charset=UTF-8; format=flowed", *_eight_bit(mail.text))
    boundary = f"------------{mail.token[:24]}"
    return _mail(
        mail,
        f"Message-ID: <{_uuid(mail.token)}@{_domain(mail)}>",
        f"Date: {format_datetime(mail.at)}",
        "MIME-Version: 1.0",
        "User-Agent: Mozilla Thunderbird",
        f"Content-Language: {mail.language}",
        f"To: {mail.to}",
        f"From: {_word(mail.name)} <{mail.sender}>",
        f"Subject: {_word(mail.subject)}",
        body=_whole(mail, plain, _part("text/html; charset=UTF-8", *_eight_bit(_plain_html(mail))), boundary),
    )


def outlook(mail: Written) -> bytes:
    kind = f'charset="{mail.charset}"'
    plain = _part(f"text/plain; {kind}", *_quoted(mail.text, mail.charset))
    rich = _part(f"text/html; {kind}", *_quoted(_word_html(mail), mail.charset))
    host = mail.token[8:20].upper()
    return _mail(
        mail,
        f"From: {_word(mail.name)} <{mail.sender}>",
        f"To: Support <{mail.to}>",
        f"Subject: {_word(mail.subject)}",
        f"Thread-Topic: {_word(mail.subject)}",
        f"Thread-Index: {base64.b64encode(bytes.fromhex(mail.token)).decode()}",
        f"Date: {format_datetime(mail.at)}",
        f"Message-ID: <{mail.token[:24].upper()}@AM0PR0{host}.eurprd08.prod.outlook.com>",
        f"Accept-Language: {mail.language}-BE, en-US",
        f"Content-Language: {mail.language}-BE",
        "X-MS-Has-Attach: " + ("yes" if mail.enclosed else ""),
        "X-MS-TNEF-Correlator:",
        f"x-ms-publictraffictype: Email{CRLF}x-ms-traffictypediagnostic: AM0PR0{host}:EE_",
        f"x-ms-office365-filtering-correlation-id: {_uuid(mail.token)}",
        f"x-microsoft-antispam-message-info:{CRLF} {_folded(base64.b64encode(mail.token.encode() * 4).decode())}",
        "MIME-Version: 1.0",
        body=_whole(mail, plain, rich, f"_000_{mail.token[:40].upper()}_"),
    )


def apple_mail(mail: Written) -> bytes:
    plain = _part("text/plain; charset=utf-8", *_quoted(mail.text, "utf-8"))
    boundary = f"Apple-Mail=_{_uuid(mail.token).upper()}"
    return _mail(
        mail,
        f"From: {_word(mail.name)} <{mail.sender}>",
        "Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.600.62\\))",
        f"Subject: {_word(mail.subject)}",
        f"Message-Id: <{_uuid(mail.token).upper()}@{_domain(mail)}>",
        f"Date: {format_datetime(mail.at)}",
        f"To: {mail.to}",
        "X-Mailer: Apple Mail (2.3774.600.62)",
        body=_whole(mail, plain, _part("text/html; charset=utf-8", *_quoted(_plain_html(mail), "utf-8")), boundary),
    )


def gmail(mail: Written) -> bytes:
    # Gmail says Latin texts in quoted-printable and whatever has many other letters in base64.
    encoded = _base64 if mail.charset == "iso-8859-2" else lambda text: _quoted(text, "utf-8")
    plain = _part('text/plain; charset="UTF-8"', *encoded(mail.text))
    return _mail(
        mail,
        "MIME-Version: 1.0",
        f"From: {_word(mail.name)} <{mail.sender}>",
        f"Date: {format_datetime(mail.at)}",
        f"Message-ID: <CA{base64.urlsafe_b64encode(bytes.fromhex(mail.token)).decode()}@mail.gmail.com>",
        f"Subject: {_word(mail.subject)}",
        f"To: {mail.to}",
        body=_whole(mail, plain, _part('text/html; charset="UTF-8"', *encoded(_plain_html(mail))), f"0{mail.token}"),
    )


PROGRAMS: tuple[Callable[[Written], bytes], ...] = (thunderbird, outlook, apple_mail, gmail)


def _mail(mail: Written, *headers: str, body: bytes) -> bytes:
    return CRLF.join((*_stamps(mail), *headers)).encode("ascii") + b"\r\n" + body


def _stamps(mail: Written) -> Sequence[str]:
    """What servers wrote above the mail, the last one first."""
    domain, token = _domain(mail), mail.token
    out, taken = f"mail-{token[:4]}.{domain}", mail.at + timedelta(seconds=3)
    return (
        f"Return-Path: <{mail.sender}>",
        f"Delivered-To: {mail.to}",
        f"Received: from mx.example.test{CRLF}\tby store.example.test with LMTP{CRLF}\tid {token[4:14]}"
        f"{CRLF}\t(envelope-from <{mail.sender}>); {format_datetime(taken)}",
        f"Received: from {out} ({out} [192.0.2.{int(token[:2], 16)}]){CRLF}"
        f"\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)){CRLF}"
        f"\tby mx.example.test (Postfix) with ESMTPS id {token[14:25].upper()}{CRLF}"
        f"\tfor <{mail.to}>; {format_datetime(taken)}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=mail;{CRLF}"
        f"\th=from:to:subject:date:message-id:mime-version:content-type;{CRLF}"
        f"\tbh={base64.b64encode(bytes.fromhex(token[:32])).decode()};{CRLF}"
        f"\tb={_folded(base64.b64encode(token.encode() * 6).decode())}",
        f"Received: from [10.20.{int(token[2:4], 16)}.{int(token[4:6], 16)}] (unknown [198.51.100.7]){CRLF}"
        f"\tby {out} (Postfix) with ESMTPSA id {token[20:31].upper()};{CRLF}\t{format_datetime(mail.at)}",
    )


def _whole(mail: Written, plain: bytes, rich: bytes, boundary: str) -> bytes:
    """The part or the multipart with all below it, with its header fields."""
    text = _several("alternative", boundary + "alt", [plain, rich]) if mail.with_html else plain
    if not mail.enclosed:
        return text
    return _several("mixed", boundary, [text, *(_attachment(one) for one in mail.enclosed)])


def _several(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind};\r\n\tboundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def _part(kind: str, encoding: str, content: bytes) -> bytes:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content


def _attachment(one: Enclosed) -> bytes:
    encoded = base64.encodebytes(one.octets).replace(b"\n", b"\r\n")
    head = f'Content-Disposition: attachment; filename="{one.name}"\r\n'.encode()
    return head + _part(f'{one.type}; name="{one.name}"', "base64", encoded)


def _eight_bit(text: str) -> tuple[str, bytes]:
    return ("7bit" if text.isascii() else "8bit"), text.replace("\n", CRLF).encode()


def _quoted(text: str, charset: str) -> tuple[str, bytes]:
    encoded = text.encode(charset, "xmlcharrefreplace")
    return "quoted-printable", quopri.encodestring(encoded).replace(b"\n", b"\r\n")


def _base64(text: str) -> tuple[str, bytes]:
    return "base64", base64.encodebytes(text.replace("\n", CRLF).encode()).replace(b"\n", b"\r\n")


def _plain_html(mail: Written) -> str:
    lines = "".join(f"<div>{html.escape(line) or '<br>'}</div>\n" for line in mail.text.split("\n"))
    head = '<head><meta http-equiv="content-type" content="text/html"></head>'
    return f'<html>{head}<body dir="ltr">\n{lines}</body></html>\n'


STYLE = """<style><!--
/* Font Definitions */
@font-face {font-family:"Cambria Math"; panose-1:2 4 5 3 5 4 6 3 2 4;}
@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}
/* Style Definitions */
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}
a:link, span.MsoHyperlink {mso-style-priority:99; color:#0563C1; text-decoration:underline;}
span.EmailStyle17 {mso-style-type:personal-compose; font-family:"Calibri",sans-serif; color:windowtext;}
.MsoChpDefault {mso-style-type:export-only; font-family:"Calibri",sans-serif; mso-fareast-language:EN-US;}
@page WordSection1 {size:612.0pt 792.0pt; margin:70.85pt 70.85pt 70.85pt 70.85pt;}
div.WordSection1 {page:WordSection1;}
--></style>"""


def _word_html(mail: Written) -> str:
    span = '<span lang="{}" style="mso-fareast-language:EN-US">{}<o:p></o:p></span>'
    lines = (span.format(mail.language.upper(), html.escape(line) or "&nbsp;") for line in mail.text.split("\n"))
    body = "".join(f'<p class="MsoNormal">{line}</p>\n' for line in lines)
    names = 'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"'
    head = f'<head><meta name="Generator" content="Microsoft Word 15 (filtered medium)">\n{STYLE}</head>'
    return f'<html {names}>\n{head}<body><div class="WordSection1">\n{body}</div></body></html>\n'


def _word(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=70).encode(linesep=CRLF)


def _folded(text: str) -> str:
    return f"{CRLF}\t".join(text[start : start + 70] for start in range(0, len(text), 70))


def _uuid(token: str) -> str:
    return f"{token[:8]}-{token[8:12]}-4{token[12:15]}-8{token[15:18]}-{token[18:30]}"


def _domain(mail: Written) -> str:
    return mail.sender.partition("@")[2]
