"""Turn HTML into the text that a person would have read.

inscriptis does it well but drops what is nested 256 levels deep, and costs time on huge documents; a plain linear
stripper stands in for both. Nothing is ever fetched. Quotes keep their mark: what stands in a cited block comes out
with "> " before it where that can be told, so that `quotes` can find it.
"""

import html as entities
import re

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

LARGEST = 1024 * 1024
"""Characters of HTML that are read."""
NICE = 256 * 1024
"""Beyond this the stripper answers: layout is not worth seconds."""
DEEPEST = 200

CONFIG = ParserConfig(css=CSS_PROFILES["strict"])
BREAKS = frozenset(
    {"p", "br", "div", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"blockquote", "pre", "hr", "dt", "dd", "section", "article"}
)
SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,30})")


def text_of(html: str) -> str:
    """Lines without trailing white space, at most one empty line between two paragraphs."""
    html = html[:LARGEST]
    text = ""
    if len(html) <= NICE and not _deep(html):
        try:
            text = get_text(html, CONFIG)
        except Exception:  # noqa: BLE001 - lxml and inscriptis raise what they like; the stripper answers then
            text = ""
    if len(text.strip()) * 20 < len(html):
        plain = stripped(html)
        if len(text.strip()) * 20 < len(plain):
            text = plain
    return _tidied(text)


def stripped(html: str) -> str:
    """The text between the tags, with a line break where a block begins or ends. One pass, no nesting to exhaust."""
    out: list[str] = []
    at, silent = 0, ""
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
            silent = "" if closing and tag == silent else silent
        elif tag in SILENT and not closing:
            silent = tag
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
