"""The HTML of letters keeps to what Outlook (Word's engine) and Gmail both show.

The list is short on purpose: it is what the letters need, and each entry is safe in both. Layout by tables, all style
inline, nothing fetched, nothing that runs. Margins are for paragraphs, headings, lists and tables only, widths over the
attribute as well, because Word ignores CSS widths of tables.
"""

import re
from html.parser import HTMLParser

import pytest

from tests.letters.orders import HERE

SAMPLES = sorted(path.name for path in HERE.glob("*.html"))

TAGS = {
    "html", "head", "meta", "title", "body", "table", "tr", "td",
    "p", "h1", "h2", "ul", "li", "strong", "br", "pre", "a",
}  # fmt: skip
ATTRIBUTES = {
    "html": {"lang"},
    "meta": {"charset", "name", "content"},
    "table": {"role", "width", "cellpadding", "cellspacing", "border", "style"},
    "td": {"width", "valign", "style"},
    "a": {"href"},
}
STYLES = {
    "color", "background-color", "font-family", "font-size", "font-weight", "line-height", "text-align", "padding",
    "margin", "border-top", "border-bottom", "border-left", "width", "max-width", "white-space",
}  # fmt: skip
VOID = {"meta", "br"}
# Outlook is given a table of fixed width, which nobody else sees.
OUTLOOK = re.compile(r"\[if mso\]>(.*?)<!\[endif\]", re.DOTALL)


class Reader(HTMLParser):
    """Collects what a letter uses, and checks that its tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, {"style"}):
                self.faults.append(f"<{tag} {name}>")
            if name == "href" and not (value or "").startswith("mailto:"):  # a letter leads to no page
                self.faults.append(f"href={value}")
            if name == "style":
                self.styles += [declaration.strip() for declaration in (value or "").split(";") if declaration.strip()]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> out of place")

    def handle_comment(self, data: str) -> None:
        if not OUTLOOK.fullmatch(data):
            self.faults.append(f"comment {data!r}")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_tags_and_attributes_of_the_list(sample: str) -> None:
    reader = read((HERE / sample).read_text(encoding="utf-8"))
    assert not reader.faults
    assert not reader.open


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_styles_of_the_list_and_none_that_fetches(sample: str) -> None:
    styles = read((HERE / sample).read_text(encoding="utf-8")).styles
    assert {style.partition(":")[0] for style in styles} <= STYLES
    assert not [style for style in styles if re.search(r"url|expression|import|\\|!", style)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_is_fetched_and_nothing_runs(sample: str) -> None:
    html = (HERE / sample).read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|<style|<script|<img|\bon[a-z]+=", html)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_letter_is_far_below_the_size_at_which_gmail_cuts(sample: str) -> None:
    assert (HERE / sample).stat().st_size < 100_000


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_colour_is_dark_enough_on_white() -> None:
    """WCAG 2.1 §1.4.3: a contrast of 4.5 to 1."""
    colours = {
        style.partition(":")[2].strip()
        for sample in SAMPLES
        for style in read((HERE / sample).read_text(encoding="utf-8")).styles
        if style.startswith("color:")
    }
    assert colours
    assert all((1.05 / (luminance(colour) + 0.05)) >= 4.5 for colour in colours)


def test_the_list_is_kept_by_a_reader_that_sees_faults() -> None:
    reader = read('<p onclick="x">a</p><img src="y"><table><tr></table></tr><!-- hello -->')
    assert len(reader.faults) == 6
