"""What a mail server's refusals say of its limits: whom each puts off, the letter alone or all letters of the mailbox.

Pure. By RFC 5321 section 4.2.1 a 4yz is worth another try; whose, the enhanced code tells (RFC 3463: X.1 the address,
X.2 the recipient's mailbox, X.3 the mail system, X.4 the network, X.7 policy) and, because 4.7.x is said of greylisting
and of floods alike, the words. What is nobody's limit (greylisting, a full mailbox, too many recipients in one letter)
puts off its letter. How long a mailbox is put off, and over how many connections it goes on, is `throttle`'s.
"""

import re

from intake.limits import Limit

ENHANCED = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})\b")
# As seen of Postfix ("too many connections from", "too much mail from", "too many recipients from"), Gmail ("Too many
# login attempts", "an unusual rate of"), Exchange ("Concurrent connections limit exceeded", "thread limit exceeded",
# "Server busy", "throttled"), and hosters ("rate limit", "sending limit exceeded").
CONNECTIONS = re.compile(
    r"too many (?:\w+ ){0,2}(?:connections|sessions)|concurrent connection|thread limit exceeded"
    r"|connections? (?:\w+ ){0,2}(?:limit|quota)",
    re.IGNORECASE,
)
RATE = re.compile(
    r"rate.?limit|throttl|too much mail|unusual rate|server (?:is )?(?:too )?busy"
    r"|too many (?:messages|mails|e-?mails|recipients from|login|auth|new tls|commands)"
    r"|(?:sending|submission|sender|hourly|daily) (?:\w+ ){0,2}(?:limit|quota)",
    re.IGNORECASE,
)
# Gmail says 550 5.4.5, Exchange Online 550 5.1.90, others say it in words.
SHARE_USED_UP = re.compile(
    r"\b5\.4\.5\b|\b5\.1\.90\b"
    r"|(?:daily|hourly|sending|submission) (?:\w+ ){0,2}(?:limit|quota)\b.{0,40}(?:exceed|reach)",
    re.IGNORECASE,
)
OF_THE_RECIPIENT = ("1.", "2.")
TOO_MANY_RECIPIENTS = "5.3"
OF_THE_SYSTEM = ("3.1", "3.2")
"""Out of storage; takes no mail just now (RFC 3463 section 3.4)."""


def share_is_used_up(code: int, text: str) -> bool:
    """Whether a 5yz only says that we may send no more today: tomorrow the same letter is taken."""
    return 500 <= code < 600 and bool(SHARE_USED_UP.search(text))


def limit_of(code: int, text: str, *, at_mail: bool = False) -> Limit | None:
    """The limit that a reply speaks of; None for what is between the server and this letter.

    `at_mail`: said before any recipient was named, so that it would be said to the next letter, too.
    """
    if share_is_used_up(code, text):
        return Limit.RATE
    if not 400 <= code < 500:
        return None
    found = ENHANCED.search(text)
    subject = found[1] if found else ""
    # 421 ends the connection, whatever for (RFC 5321 section 3.8); else a recipient's trouble is a recipient's.
    if code != 421 and (subject == TOO_MANY_RECIPIENTS or subject.startswith(OF_THE_RECIPIENT)) and not at_mail:
        return None
    if CONNECTIONS.search(text):
        return Limit.CONNECTIONS
    if RATE.search(text):
        return Limit.RATE
    return Limit.BUSY if code == 421 or at_mail or subject in OF_THE_SYSTEM else None


def wants_more_letters(code: int, text: str) -> bool:
    """Whether a recipient was only one too many for this letter: the next may bring him at once (RFC 5321 section
    4.5.3.1.10)."""
    found = ENHANCED.search(text)
    return code == 452 and found is not None and found[1] == TOO_MANY_RECIPIENTS
