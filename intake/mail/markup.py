"""Turn HTML into the text that a person would have read.

inscriptis does it well but drops what is nested 256 levels deep, and costs time on huge documents; a plain linear
stripper stands in for both. Nothing is ever fetched. What stands in a cited block comes out with "> " before it, and
where programs set a history or a signature apart the text bears the marks of `marks`, for `quotes` to find.
"""

import html as entities
import re
from collections.abc import Callable
from functools import cache

from intake.mail import marks

LARGEST = 1024 * 1024
"""Characters of HTML that are read."""
NICE = 256 * 1024
"""Beyond this the stripper answers: layout is not worth seconds."""
DEEPEST = 200

# What nobody sees: the first is for a tag's attributes, the second needs the whole element, because newsletters set
# the size to nought on what stands around their text and to a real one on the text.
HIDDEN = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|[^-]opacity\s{0,3}:\s{0,3}0(?![.\d])|\shidden(?=[\s/=>]|$)",
    re.IGNORECASE,
)
TINY = re.compile(r"(?:font-size|max-height)\s{0,3}:\s{0,3}0(?![.\d])", re.IGNORECASE)
TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]{0,30})((?:\s|/)[^<>]{0,3000})>")
META = re.compile(rb"<meta\s[^<>]{0,200}charset\s{0,3}=\s{0,3}[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
VOID = frozenset({"img", "br", "hr", "input", "meta", "link", "col", "area", "base", "wbr", "body", "html"})
UNSEEN = "display:none"
BREAKS = frozenset(
    {"p", "br", "div", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"blockquote", "pre", "hr", "dt", "dd", "section", "article"}
)
SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,30})")


def text_of(html: str, *, plainly: bool = False) -> str:
    """Lines without trailing white space, at most one empty line between two paragraphs; it bears marks.

    `plainly`: without its layout, in a tenth of the time.
    """
    html = marks.marked(_without_hidden(marks.unmarked(html[:LARGEST])))
    text = ""
    if not plainly and len(html) <= NICE and not _deep(html):
        laid_out = _laid_out()
        try:
            text = laid_out(html)
        except Exception:  # noqa: BLE001 - lxml and inscriptis raise what they like; the stripper answers then
            text = ""
    if len(text.strip()) * 20 < len(html):
        plain = stripped(html)
        if len(text.strip()) * 20 < len(plain):
            text = plain
    return _tidied(marks.on_lines(text))


@cache
def _laid_out() -> Callable[[str], str]:
    """inscriptis, once there is HTML to read: it takes long to load."""
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_properties import Display
    from inscriptis.model.config import ParserConfig
    from inscriptis.model.html_element import HtmlElement

    config = ParserConfig(css=CSS_PROFILES["strict"] | {"hr": HtmlElement(tag="hr", display=Display.block)})
    return lambda html: str(get_text(html, config))


def label_in(html: bytes) -> str | None:
    """The charset that a page names of itself, for one that was sent without."""
    found = META.search(html, 0, 4096)
    return found[1].decode("ascii") if found else None


def _without_hidden(html: str) -> str:
    """Every element that a reader is not shown gets the one style by which both ways of reading know it."""
    return TAG.sub(_hidden, html) if "style" in html or "hidden" in html else html


def _hidden(tag: re.Match[str]) -> str:
    name, attributes = tag[1].lower(), tag[2].lower()
    if name in VOID or not any(word in attributes for word in ("none", "hidden", "opacity", "font-size", "max-height")):
        return tag[0]
    hidden = HIDDEN.search(attributes) is not None
    if not hidden and TINY.search(attributes):
        after = tag.string.find("<", tag.end())
        hidden = after != -1 and tag.string.startswith("</", after)
    return f'<{tag[1]} style="{UNSEEN}">' if hidden else tag[0]


def stripped(html: str) -> str:
    """The text between the tags, with a line break where a block begins or ends. One pass, no nesting to exhaust."""
    out: list[str] = []
    at, silent, inner = 0, "", 0
    while at < len(html):
        start = html.find("<", at)
        if start == -1:
            break
        if not silent:
            out.append(html[at:start])
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            at = end + 3 if end != -1 else len(html)
            continue
        name = TAG_NAME.match(html, start + 1)
        if name is None and not silent and not html.startswith("<!", start):
            out.append("<")
            at = start + 1
            continue
        end = html.find(">", start)
        if end == -1:
            at = len(html)
            break
        tag = name[1].lower() if name else ""
        closing = html.startswith("/", start + 1)
        if silent:
            inner += (tag == silent) * (-1 if closing else 1)
            silent = silent if inner > 0 and (tag != silent or silent not in SILENT or not closing) else ""
        elif not closing and (tag in SILENT or html.startswith(f' style="{UNSEEN}"', start + 1 + len(tag))):
            silent, inner = tag, 1
        elif tag in BREAKS:
            out.append("\n")
        at = end + 1
    if not silent:
        out.append(html[at:])
    lines = entities.unescape("".join(out)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)


def _deep(html: str) -> bool:
    """Whether more blocks stand open at once than inscriptis and lxml can follow."""
    if html.count("<") < DEEPEST:
        return False
    depth = 0
    for tag in re.finditer(
        r"<(/?)(?:div|table|tr|td|span|p|b|i|font|blockquote|ul|ol|li|center|em|strong|a|u)\b", html
    ):
        depth += -1 if tag[1] else 1
        if depth > DEEPEST:
            return True
        depth = max(depth, 0)
    return False


def _tidied(text: str) -> str:
    lines: list[str] = []
    for line in text.replace("\u00a0", " ").split("\n"):
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n")
