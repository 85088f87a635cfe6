"""What counts as an e-mail address in the files that people write: the configuration and the directory.

Addresses in mail are read by `intake.mail`, which forgives more. Callers may rely on an accepted address being free of
spaces, control characters, quotes and angle brackets, so that it can stand in a header or on a log line as it is.
"""

import re

_LOCAL = r"[^\s\x00-\x20\x7f\"(),:;<>@\[\]\\]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")


def is_address(text: str) -> bool:
    """One bare address, `local@domain` (RFC 5321 §4.1.2 without quoted local parts and address literals)."""
    found = _ADDRESS.fullmatch(text)
    return found is not None and text.isprintable() and ".." not in text and len(text) <= 254


def is_wildcard(text: str) -> bool:
    """`*@example.com`: everybody at that domain."""
    return text.startswith("*@") and is_address("x" + text[1:])
