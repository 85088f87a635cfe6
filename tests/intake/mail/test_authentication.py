"""Authentication: our own server's word alone, its newest word alone, and only about the domain in From."""

import pytest

from intake.mail.parse import parse
from rules.facts import Authentication

OURS = "mx.example.com"


def verdict(*headers: str, sender: str = "ana@alder.example", server: str = OURS) -> Authentication:
    lines = [*(f"Authentication-Results: {each}" for each in headers), f"From: {sender}", "", "x"]
    return parse("\r\n".join(lines).encode(), authserv_id=server).authentication


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"{OURS}; dmarc=pass header.from=alder.example", "pass"),
        (f"{OURS}; dmarc=pass (p=reject) header.from=alder.example", "pass"),
        (f"{OURS} 1; dkim=pass header.d=alder.example header.s=x", "pass"),
        (f"{OURS}; dkim=pass header.i=@mail.alder.example", "pass"),
        (f"{OURS}; dkim=fail header.d=alder.example; dkim=pass header.d=alder.example", "pass"),
        (f"{OURS}; spf=pass smtp.mailfrom=bounce@alder.example", "pass"),
        (f'{OURS}; spf=pass smtp.mailfrom="bounce@alder.example"', "pass"),
        (f"{OURS.upper()};\r\n dkim=pass\r\n header.d=ALDER.example", "pass"),
        (f"{OURS}; dmarc=fail header.from=alder.example", "fail"),
        (f"{OURS}; spf=fail smtp.mailfrom=alder.example", "fail"),
        (f"{OURS}; dmarc=fail header.from=alder.example; spf=pass smtp.mailfrom=other.example", "fail"),
        (f"{OURS}; dkim=pass header.d=other.example; spf=pass smtp.mailfrom=other.example", "unknown"),
        (f"{OURS}; spf=fail smtp.mailfrom=forwarder.example", "unknown"),
        (f"{OURS}; spf=softfail smtp.mailfrom=alder.example", "unknown"),
        (f"{OURS}; dmarc=pass header.from=other.example", "unknown"),
        (f"{OURS}; dkim=pass header.d=example", "unknown"),
        (f"{OURS}; none", "unknown"),
        (f"{OURS}; spf=none (dkim=pass header.d=alder.example)", "unknown"),
        (rf'{OURS}; spf=pass smtp.mailfrom="x@alder.example"@evil.example', "unknown"),
        (rf'{OURS}; spf=pass smtp.mailfrom=alder.example."x"@evil.example', "unknown"),
        (rf'{OURS}; spf=pass smtp.mailfrom="\"x@alder.example\"@evil.example"', "unknown"),
        (rf'{OURS}; spf=pass smtp.mailfrom="\"; dkim=pass header.d=alder.example; x=\""@evil.example', "unknown"),
        (rf'{OURS}; spf=pass smtp.mailfrom="odd name"@alder.example', "pass"),
        (f'{OURS}; spf=none reason="; dkim=pass header.d=alder.example"', "unknown"),
        ("mx.evil.example; dmarc=pass header.from=alder.example", "unknown"),
        (f"(mx) {OURS}.evil.example; dmarc=pass header.from=alder.example", "unknown"),
        ("garbage", "unknown"),
        ("", "unknown"),
    ],
)
def test_verdict(header: str, found: str) -> None:
    assert verdict(header).value == found


@pytest.mark.parametrize(
    ("results", "found", "dmarc_failed"),
    [
        ("dmarc=fail (p=reject) header.from=alder.example", "fail", True),
        ("dmarc=fail; dkim=pass header.d=mail.alder.example", "fail", True),
        ("dmarc=pass header.from=alder.example", "pass", False),
        ("spf=fail smtp.mailfrom=alder.example", "fail", False),
        ("dmarc=none header.from=alder.example; spf=fail smtp.mailfrom=alder.example", "unknown", False),
        ("dmarc=temperror header.from=alder.example", "unknown", False),
    ],
)
def test_only_the_verdict_of_dmarc_is_the_domains_own_no(results: str, found: str, dmarc_failed: bool) -> None:
    raw = f"Authentication-Results: {OURS}; {results}\r\nFrom: ana@alder.example\r\n\r\nx"
    mail = parse(raw.encode(), authserv_id=OURS)
    assert (mail.authentication.value, mail.dmarc_failed) == (found, dmarc_failed)


def test_a_failure_counts_however_many_authors_there_are() -> None:
    several = "ana@alder.example, ben@evil.example"
    assert verdict(f"{OURS}; dmarc=fail header.from=alder.example", sender=several) is Authentication.FAIL


MICROSOFT = (
    "Received: from AM0PR05MB1.eurprd05.prod.outlook.com (2603:10a6::1) by\r\n"
    " DB9PR05MB2.eurprd05.prod.outlook.com with HTTPS; Fri, 13 Mar 2026 09:00:00 +0000\r\n"
)
FRONT = (
    "Received: from mx.alder.example (192.0.2.1) by AM6EUR05FT3.mail.protection.outlook.com (10.1.1.1) with SMTP\r\n"
)
GOOD = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=alder.example; dkim=pass"
    " (signature was verified)\r\n header.d=alder.example;dmarc=pass action=none\r\n header.from=alder.example;"
    "compauth=pass reason=100\r\n"
)
BAD = (
    "Authentication-Results: spf=softfail (sender IP is 198.51.100.1)\r\n smtp.mailfrom=evil.example; dkim=none"
    " (message not signed)\r\n header.d=none;dmarc=fail action=quarantine\r\n header.from=alder.example;"
    "compauth=fail reason=000\r\n"
)
OLD = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=alder.example; example.com; dkim=pass"
    " (signature was verified) header.d=alder.example;example.com; dmarc=bestguesspass action=none"
    " header.from=alder.example;\r\n"
)


@pytest.mark.parametrize(
    ("block", "found"),
    [
        pytest.param(MICROSOFT + GOOD + FRONT, "pass", id="as Exchange Online stamps it"),
        pytest.param(MICROSOFT + OLD + FRONT, "pass", id="as it did years ago"),
        pytest.param(MICROSOFT + BAD + FRONT, "fail", id="fails"),
        pytest.param(MICROSOFT + BAD + FRONT + GOOD, "fail", id="the sender brought a better one"),
        pytest.param(MICROSOFT + FRONT, "unknown", id="nothing stamped"),
        pytest.param("Received: from x by mx.example.com; now\r\n" + GOOD, "unknown", id="not Microsoft's server"),
        pytest.param(
            "Received: from by x.outlook.com.evil.example by mx.example.com; now\r\n" + GOOD, "unknown", id="a likeness"
        ),
        pytest.param(GOOD, "unknown", id="no server at all"),
        pytest.param(
            MICROSOFT + "Authentication-Results: mx.evil.example; dmarc=pass\r\n" + GOOD, "unknown", id="an id on top"
        ),
        pytest.param(
            MICROSOFT
            + "Authentication-Results: dkim=none (message not signed)\r\n header.d=none;dmarc=none action=none\r\n"
            " header.from=alder.example;\r\n",
            "unknown",
            id="within one organisation",
        ),
    ],
)
def test_exchange_online_is_known_by_its_place(block: str, found: str) -> None:
    raw = f"{block}From: ana@alder.example\r\n\r\nx".encode()
    assert parse(raw, authserv_id="m365").authentication.value == found


def test_a_header_without_an_id_is_no_other_servers() -> None:
    raw = f"{MICROSOFT}{GOOD}{FRONT}From: ana@alder.example\r\n\r\nx".encode()
    assert parse(raw, authserv_id=OURS).authentication is Authentication.UNKNOWN


def test_only_the_topmost_of_our_server_counts() -> None:
    forged = f"{OURS}; dmarc=pass header.from=alder.example"
    assert verdict(f"{OURS}; dmarc=fail header.from=alder.example", forged) is Authentication.FAIL
    assert verdict("other; x=y", forged) is Authentication.PASS


@pytest.mark.parametrize("method", ["dmarc=pass", "dkim=pass header.d=alder.example"])
def test_of_several_authors_none_is_vouched_for(method: str) -> None:
    """A signature covers the last From header; somebody at the same provider may have put another one above it."""
    assert verdict(f"{OURS}; {method}", sender="ana@alder.example, ben@evil.example") is Authentication.UNKNOWN
    twice = "ana@alder.example\r\nFrom: ben@alder.example"
    assert verdict(f"{OURS}; {method}", sender=twice) is Authentication.UNKNOWN
    assert verdict(f"{OURS}; {method}", sender="ana@alder.example\r\nFrom: Ana@alder.example") is Authentication.PASS


def test_without_a_server_to_trust_nothing_is_said() -> None:
    assert verdict(f"{OURS}; dmarc=pass header.from=alder.example", server="") is Authentication.NONE


def test_a_shared_suffix_is_no_alignment() -> None:
    assert verdict(f"{OURS}; dkim=pass header.d=co.uk", sender="ana@alder.co.uk") is Authentication.UNKNOWN
