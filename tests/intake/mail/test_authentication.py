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
