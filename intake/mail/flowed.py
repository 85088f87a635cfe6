"""Put the paragraphs of a format=flowed text together again (RFC 3676).

A line that ends in a space goes on in the next one; with DelSp the space itself was only put there to break a word or
an address. Quoted lines are joined never: they are somebody else's, and `quotes` reads them line by line. One pass.
"""

SIGNATURE = "-- "


def unflowed(text: str, *, delsp: bool = False) -> str:
    """The text with one line a paragraph, space-stuffing taken off (§4.4)."""
    out: list[str] = []
    pieces: list[str] = []
    for line in text.split("\n"):
        quoted = line.startswith(">")
        if quoted and pieces:  # §4.5: a flowed line before another depth of quotes ends there
            out.append("".join(pieces).rstrip(" "))
            pieces = []
        if quoted:
            out.append(line.rstrip(" "))
            continue
        content = _unstuffed(line)
        if content.endswith(" ") and content != SIGNATURE:
            pieces.append(content[:-1] if delsp else content)
            continue
        if content == SIGNATURE and pieces:  # §4.3: it belongs to no paragraph
            out.append("".join(pieces).rstrip(" "))
            pieces = []
        out.append("".join([*pieces, content]))
        pieces = []
    if pieces:
        out.append("".join(pieces).rstrip(" "))
    return "\n".join(out)


def _unstuffed(line: str) -> str:
    """A first space was put there by the sender; before ">" it still tells the text from a quote."""
    return line[1:] if line.startswith(" ") and not line.startswith(" >") else line
