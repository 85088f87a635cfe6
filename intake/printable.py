"""Text for a terminal, a log line or a journal: one line, nothing in it that could be taken for more than text."""

import unicodedata


def printable(text: str, longest: int = 500) -> str:
    """The text with everything that is not printable escaped, cut after `longest` characters.

    A space of another width, as French puts before its colons, is a space.
    """
    cut = text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
    if cut.isprintable():
        return cut
    return "".join(ch if ch.isprintable() else _told(ch) for ch in cut)


def _told(ch: str) -> str:
    return " " if unicodedata.category(ch) == "Zs" else ch.encode("unicode_escape").decode("ascii")
