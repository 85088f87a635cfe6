"""What can be read in a file that goes along with an answer: texts in whatever code, pages, mails and what they carry.

For looking through what leaves the house, never for showing. Of a picture, an archive or a document nothing is read.
"""

from collections.abc import Iterator

from intake.mail.files import File, files_of
from intake.mail.markup import text_of
from intake.mail.parse import parse
from rules.facts import Unreadable

LARGEST = 2_000_000
"""Octets of a file."""
DEEPEST = 3
"""Mails within mails."""
TEXTS = (".txt", ".eml", ".html", ".htm", ".msg", ".mht", ".md", ".csv", ".log")


def texts_in(file: File, depth: int = 0) -> Iterator[str]:
    """Its text as it stands, then as a reader of such a file sees it."""
    name = file.name.lower()
    if not file.type.startswith(("text/", "message/")) and not name.endswith(TEXTS):
        return
    # Notepad's "Unicode" and Outlook's .msg write each letter in two octets, of which one is nought.
    said = file.content[:LARGEST].replace(b"\0", b"").decode("utf-8", "replace")
    yield said
    if file.type == "text/html" or name.endswith((".html", ".htm")):
        yield text_of(said, plainly=True)
    if (file.type == "message/rfc822" or name.endswith((".eml", ".mht"))) and depth < DEEPEST:
        yield from _of_mail(file.content[:LARGEST], depth)


def _of_mail(raw: bytes, depth: int) -> Iterator[str]:
    try:
        yield parse(raw).text
        enclosed = files_of(raw)
    except Unreadable:
        return
    for file in enclosed:
        yield from texts_in(file, depth + 1)
