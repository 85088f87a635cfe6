"""Text for a terminal, a log line or a journal: one line, nothing in it that could be taken for more than text."""


def printable(text: str, longest: int = 500) -> str:
    """The text with everything that is not printable escaped, cut after `longest` characters."""
    cut = text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
    if cut.isprintable():
        return cut
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode("ascii") for ch in cut)
