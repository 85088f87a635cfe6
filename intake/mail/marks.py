"""Mark what mail programs set apart in their HTML, so that the text that is made of it still tells.

A quote comes out with "> " before its lines; where a history begins a `CITED` stands on a line of its own; the line
with which a quote is introduced bears an `INTRO`, those of a signature a `SIGNED`. Programs do so by classes and ids,
which say it in every language. Callers may rely on: linear; `clean` gives the text as it would be without.
"""

import re

CITED, OPEN, CLOSE, INTRO, SIGNED, ENDED = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"
"""Characters of the private use area, so that no text of a mail means anything by them; removed from every input."""
MARKS = (CITED, OPEN, CLOSE, INTRO, SIGNED, ENDED)

BLOCKQUOTE = re.compile(r"<(/?)blockquote\b", re.IGNORECASE)
CITING = ("cite", "gmail_quote", "border-left", "yahoo", "protonmail_quote", "tutanota_quote")
DEEPEST_QUOTE = 20
# what the elements bear in which programs put the whole history: those of Outlook (desktop, web and phone), Yahoo,
# Zoho, Gmail of old, GMX, Zimbra, Spark, Thunderbird, Samsung, NetEase and QQ
HISTORY = re.compile(
    r"divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|yahoo_quoted|stopSpelling|mail-editor-reference-message-container"
    r"|ms-outlook-mobile-reference-message|zmail_extra|gmail_extra|border-top:\s?solid #(?:E1E1E1|B5C4DF) 1\.0pt"
    r"|<div name=\"quote\"|data-marker=\"__(?:DIVIDER|HEADERS)__|id=\"zwchr|messageReplySection|moz-forward-container"
    r"|<!-- originalMessage -->|isReplyContent|<includetail",
    re.IGNORECASE,
)
INTRODUCING = re.compile(
    r"<(?:div|p|span)\s[^<>]{0,200}(?:class=\"(?:gmail_quote|gmail_attr|moz-cite-prefix|protonmail_quote)[ \"]"
    r"|id=\"reply-intro\")[^<>]{0,300}>",
    re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"<(div|span|pre|table|p)\s[^<>]{0,300}(?:class=\"(?:gmail_signature|moz-signature|protonmail_signature_block|mb_sig)"
    r"|id=\"(?:ms-outlook-mobile-signature|AppleMailSignature|composer_signature|Signature|signature_old|sig\d{1,12})\""
    r"|name=\"messageSignatureSection\")[^<>]{0,500}>",
    re.IGNORECASE,
)
SIGNATURES = 50
LONGEST_SIGNATURE = 25
"""Lines; more than that is what somebody wrote into the wrong place."""


def marked(html: str) -> str:
    """The same with marks where the elements begin and end."""
    html = _with_signatures(_with_quotes(html))
    html = INTRODUCING.sub(lambda tag: f"{tag[0]}{INTRO}", html)
    history = HISTORY.search(html)
    if history is None:
        return html
    start = (
        history.start()
        if history[0].startswith("<")
        else html.rfind("<", max(0, history.start() - 500), history.start())
    )
    return f"{html[:start]}<div>{CITED}</div>{html[start:]}" if start != -1 else html


def _with_quotes(html: str) -> str:
    out, at, cited = [], 0, []
    for tag in BLOCKQUOTE.finditer(html):
        end = html.find(">", tag.end())
        if end == -1:
            break
        if not tag[1]:
            cited.append(any(sign in html[tag.end() : min(end, tag.end() + 500)].lower() for sign in CITING))
            if cited[-1]:
                out.append(f"{html[at : end + 1]}<div>{OPEN}</div>")
                at = end + 1
        elif cited and cited.pop():
            out.append(f"{html[at : tag.start()]}<div>{CLOSE}</div>")
            at = tag.start()
    out.append(html[at:])
    return "".join(out)


def _with_signatures(html: str) -> str:
    out, at = [], 0
    for _ in range(SIGNATURES):
        tag = SIGNATURE.search(html, at)
        end = _closing_tag(html, tag[1], tag.end()) if tag else -1
        if tag is None or end == -1:
            break
        out += [html[at : tag.end()], SIGNED, html[tag.end() : end], ENDED]
        at = end
    out.append(html[at:])
    return "".join(out)


def _closing_tag(html: str, name: str, at: int) -> int:
    """Where the element ends whose start tag ends at `at`; -1 where it never does."""
    depth = 1
    for tag in re.compile(rf"<(/?){name}\b", re.IGNORECASE).finditer(html, at):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.start()
    return -1


def on_lines(text: str) -> str:
    """Turn the marks of what is long into marks of its lines: "> " for quotes, `SIGNED` for signatures."""
    return _signed(_quoted(text))


def _quoted(text: str) -> str:
    if OPEN not in text:
        return text
    lines, depth = [], 0
    for line in text.split("\n"):
        before = depth
        depth = max(depth + line.count(OPEN) - line.count(CLOSE), 0)
        bare = line.replace(OPEN, "").replace(CLOSE, "")
        signs = "> " * min(max(before, depth), DEEPEST_QUOTE)
        if not signs:
            lines.append(bare)
        elif (bare.strip() or bare == line) and bare.strip() != CITED:
            lines.append(signs + bare.strip())
    return "\n".join(lines)


def _signed(text: str) -> str:
    out: list[str] = []
    for index, piece in enumerate(text.split(SIGNED)):
        inner, ended, after = piece.partition(ENDED)
        if not index or not ended:
            out.append(inner + after)
            continue
        lines = inner.split("\n")
        short = len(lines) <= LONGEST_SIGNATURE
        out.append("\n".join(f"{SIGNED}{line}" if short and line.strip() else line for line in lines) + after)
    return "".join(out).replace(ENDED, "")


def clean(text: str) -> str:
    """The text without any mark."""
    if CITED in text:
        text = "\n".join(line for line in text.split("\n") if line.strip() != CITED)
    return unmarked(text) if any(mark in text for mark in (CITED, INTRO, SIGNED)) else text


def unmarked(text: str) -> str:
    """Without these characters; for what is about to be marked, where they would be somebody else's."""
    for mark in () if text.isascii() else MARKS:
        text = text.replace(mark, "")
    return text
