"""Take the files out of a mail, as they are to go on with an answer.

What only carries the mail itself is left out: a winmail.dat (its files are taken out of it), a signature over the
whole, and whatever wraps or seals it; each of them may hold the quoted text that is cut off the answer. Callers may
rely on: names are one line without a path, contents are decoded. The mail was read before: nothing here is bounded by
time, so no mail is asked for its files that a worker could not read.
"""

import email
from dataclasses import dataclass

from intake.mail import sealed
from intake.mail.body import TNEF, read
from intake.mail.cut import cut
from intake.mail.part import Part, attachment
from rules.facts import Unreadable

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
CARRIERS = (*TNEF, *sealed.CMS, *SIGNATURES, "application/pgp-encrypted")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    type: str
    charset: str
    """As the mail names it; "" where it names none."""
    content: bytes


def files_of(raw: bytes) -> tuple[File, ...]:
    """The files of a mail, in its order. Raises Unreadable."""
    if b"\n" not in raw[:65536] and b"\r" in raw[:65536]:
        raw = raw.replace(b"\r", b"\n")
    parted = cut(raw)
    try:
        found = read(email.message_from_bytes(parted.data), raw, parted).attached
    except (ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError) as fault:
        raise Unreadable(f"its parts cannot be told apart ({type(fault).__name__})") from None
    return tuple(_file(part, number) for number, part in enumerate(found, 1) if not _carries(part))


def _carries(part: Part) -> bool:
    return part.type in CARRIERS or part.name.lower() in ("winmail.dat", "smime.p7m", "smime.p7s")


def _file(part: Part, number: int) -> File:
    return File(attachment(part, number, digests=False).name, part.type, part.label or "", b"".join(part.octets()))
