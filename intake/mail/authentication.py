"""What the mailbox's own server found out about the sender (RFC 8601), read only where that server wrote it.

Anybody can write an Authentication-Results header: only those of the configured authserv-id count, and of them only
the topmost (a server takes away what comes in under its own name, RFC 8601 §5). The verdict is about the domain that
the reader sees, the one in From: a pass for another domain is none. Callers may rely on: PASS means that the domain in
From, which names one author, vouches for this mail; linear, and never raises.

Exchange Online writes no authserv-id at all, against RFC 8601 §2.2, so that nothing tells its header from a stranger's
but the place. For it (`M365`) the topmost header of all counts, if that has no id, in a mail that one of Microsoft's
servers was the last to take in: Exchange Online puts its own above whatever came with the mail.
"""

import re
from dataclasses import dataclass

from intake.mail.addresses import mailboxes
from intake.mail.headers import Headers, one_line
from rules.facts import Address, Authentication

# "dkim=pass", and "header.d=example.com" or "smtp.mailfrom=ana@example.com" or "policy.dmarc=none" after it. A value
# may be quoted in part: "x@victim.example"@evil.example is an address of evil.example.
PAIR = re.compile(r"([a-z0-9.-]{1,40})[ \t]*=[ \t]*((?:\"[^\"]*\"|[^\s;\"])++)(?=[\s;]|$)", re.IGNORECASE)
SECOND_LEVEL = frozenset(["co", "com", "net", "org", "gov", "edu", "ac", "gob", "gouv", "or", "ne", "go"])


M365 = "m365"
"""The authserv-id that stands in the configuration for the server that has none."""
MICROSOFT = re.compile(r"\sby\s+[a-z0-9.-]+\.(?:outlook\.com|outlook\.cn|office365\.us)(?=[\s;(]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word on senders a mailbox takes."""

    authserv_id: str = ""
    """The name under which its own server stamps Authentication-Results; "" trusts no such header."""
    dkim: bool = False
    """Check signatures ourselves where that server says nothing."""

    @property
    def anybody(self) -> bool:
        """Whether there is anybody who could vouch for a sender."""
        return bool(self.authserv_id) or self.dkim


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Authentication
    dmarc_failed: bool = False
    """The domain in From publishes DMARC, and by it the mail is none of its own."""


def judged(headers: Headers, sender: Address | None, authserv_id: str) -> Judged:
    """NONE without an `authserv_id`, UNKNOWN where its server stamped nothing that decides."""
    if not authserv_id:
        return Judged(Authentication.NONE)
    results = _results_of_m365(headers) if authserv_id == M365 else _own_results(headers, authserv_id)
    if results is None or sender is None:
        return Judged(Authentication.UNKNOWN)
    found = [_method(part) for part in results]
    dmarc = [result for method, result, _ in found if method == "dmarc"]
    if "fail" in dmarc and "pass" not in dmarc:  # whatever else passed, it was not aligned as the domain asks
        return Judged(Authentication.FAIL, dmarc_failed=True)
    if _several_authors(headers):
        # Servers differ in which of them they judge, and a signature covers only the last From header.
        return Judged(Authentication.UNKNOWN)
    return Judged(_verdict(found, domain_of(sender.address)))


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].casefold().rstrip(".")


def _verdict(found: list[tuple[str, str, dict[str, str]]], domain: str) -> Authentication:
    for method, result, properties in found:
        if result != "pass":
            continue
        claims = _vouched(method, properties)
        if method == "dmarc" and (not claims or any(aligned(claim, domain) for claim in claims)):
            return Authentication.PASS
        if method in ("dkim", "spf") and any(aligned(claim, domain) for claim in claims):
            return Authentication.PASS
    return Authentication.FAIL if _failed(found, domain) else Authentication.UNKNOWN


def _several_authors(headers: Headers) -> bool:
    return len({each.key for value in headers.all("from") for each in mailboxes(value)}) > 1


def _failed(found: list[tuple[str, str, dict[str, str]]], domain: str) -> bool:
    """Where DMARC says nothing, a plain "fail" for the very domain in From. A forwarder breaks SPF, a list breaks DKIM:
    what fails for another domain says nothing about this one."""
    if any(method == "dmarc" for method, _, _ in found):
        return False
    return any(
        result == "fail" and any(aligned(claim, domain) for claim in _vouched(method, properties))
        for method, result, properties in found
        if method in ("spf", "dkim")
    )


def _own_results(headers: Headers, authserv_id: str) -> list[str] | None:
    """The methods of the topmost header that bears the configured id."""
    for value in headers.all("authentication-results"):
        line = _without_comments(one_line(value.decode("utf-8", "replace")))
        name, *methods = _split(line)
        words = name.split()  # a version may follow the id
        if words and words[0].strip('"').casefold() == authserv_id.casefold():
            return methods
    return None


def _results_of_m365(headers: Headers) -> list[str] | None:
    """The methods of the topmost header of all, if it is one that Exchange Online wrote."""
    received = one_line(headers.first("received").decode("utf-8", "replace"))
    value = headers.first("authentication-results")
    if not value or MICROSOFT.search(received[:4096]) is None:
        return None
    methods = _split(_without_comments(one_line(value.decode("utf-8", "replace"))))
    return methods if "=" in methods[0].partition(" ")[0] else None


def _method(part: str) -> tuple[str, str, dict[str, str]]:
    pairs = [(name.lower(), value) for name, value in PAIR.findall(part)]
    if not pairs:
        return "", "", {}
    (method, result), *properties = pairs
    return method.partition("/")[0], result.lower(), dict(reversed(properties))


def _vouched(method: str, properties: dict[str, str]) -> list[str]:
    """The domains that a method's result speaks for."""
    names = {
        "dmarc": ("header.from",),
        "dkim": ("header.d", "header.i"),
        "spf": ("smtp.mailfrom", "smtp.mail", "envelope-from"),
    }
    found = [properties[name] for name in names.get(method, ()) if name in properties]
    return [value.rpartition("@")[2].strip('<>"').casefold().rstrip(".") for value in found][:1]


def aligned(claim: str, domain: str) -> bool:
    """RFC 7489 §3.1, relaxed: the same, or one below the other, and never a bare suffix such as co.uk."""
    if claim == domain:
        return bool(claim)
    short, long = sorted((claim, domain), key=len)
    labels = short.split(".")
    if len(labels) < 2 or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in SECOND_LEVEL):
        return False
    return long.endswith("." + short)


def _without_comments(line: str) -> str:
    """RFC 5322 comments may hold anything, semicolons and false verdicts too; in quotes they are none."""
    out, depth, quoted, skip = [], 0, False, False
    for character in line:
        if skip:
            skip = False
            character = "_" if character == '"' else character  # an escaped quote ends nothing for `_split` either
        elif character == "\\":
            skip = True
            continue
        elif quoted:
            quoted = character != '"'
        elif character == '"' and not depth:
            quoted = True
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            continue
        if not depth:
            out.append(character)
    return "".join(out)


def _split(line: str) -> list[str]:
    """At the semicolons outside quotes."""
    parts, quoted = [""], False
    pieces = line.split('"')
    for index, piece in enumerate(pieces):
        quoted = index % 2 == 1
        if quoted:
            parts[-1] += f'"{piece}"'
        else:
            first, *rest = piece.split(";")
            parts[-1] += first
            parts.extend(rest)
    return [part.strip() for part in parts]
