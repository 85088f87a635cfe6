"""Renders a letter from its template: subject, text and HTML.

A letter is one file, `<language>/<letter>.txt` ("Subject: …", an empty line, the text), with its HTML beside it. Names
that begin with "_" and the folder `parts` hold pieces that letters share. An admin's own copies win over the shipped
ones; when one fails, the shipped letter goes out instead and `Rendered.fallback` says why. Files are read once, when
the Renderer is made (`templates.shelf`). A subject is one line of harmless text; no value can add a line to a letter.
"""

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, meta, nodes

from templates.lines import fold, harmless
from templates.samples import SAMPLES
from templates.sandbox import LetterEnvironment, Value, plain
from templates.shelf import FAMILIES, SHIPPED, Shelf, is_letter, read_files

DEFAULT_LANGUAGE = "en"
MARKER = "reply above this line"
"""Stands on a line of its own at the top of what customers answer to; what follows it in a reply is ours."""
MARKERS = {"fr": "répondez au-dessus de cette ligne", "de": "bitte antworten Sie oberhalb dieser Zeile"}
"""The marker where a whole letter is in another language. `intake.mail` knows each."""
LONGEST = 400_000
"""Characters of one rendered letter."""
LAST_RESORT = "held"
"""What goes out when a letter that only the admin has cannot be rendered: a plain receipt is true of every mail."""

# Values that the renderer itself adds, and names of Jinja's own.
GIVEN = frozenset({"language", "letter", "marker", "self", "super", "caller", "loop"})

# Whatever an admin's template can come to, short of leaving the sandbox.
FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
    MemoryError,
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter in words."""

    subject: str
    """One line, without control characters; as long as the template made it."""
    text: str
    html: str | None
    """None where the letter has only text."""
    language: str
    fallback: str = ""
    """Why an admin's own template was not used; "" when nothing went wrong."""


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong with an admin's template."""

    file: str
    line: int | None
    why: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.why}"


class Renderer:
    """The letters as they stood when this was made; safe to use from several threads."""

    def __init__(self, directory: Path | None = None) -> None:
        """Read the shipped letters and the admin's own in `directory`; what cannot be read there, `check` tells."""
        shipped, _ = read_files(SHIPPED)
        own, self._unreadable = read_files(directory) if directory else ({}, {})
        self._shipped = Shelf(shipped, frozenset(), {})
        self._mixed = Shelf(shipped | own, frozenset(own), self._unreadable)

    def letters(self) -> frozenset[str]:
        """Every name that `render` knows."""
        own = {name.partition("/")[2].removesuffix(".txt") for name in self._mixed.letters()}
        return frozenset(own | {f"{family}_{member}" for family in FAMILIES for member in FAMILIES[family]})

    def languages(self, letter: str) -> frozenset[str]:
        """The languages that `letter` is told in; empty for a letter that does not exist."""
        spoken = {name.partition("/")[0] for name in self._mixed.letters()}
        return frozenset(one for one in spoken if self._mixed.find(letter, (one,)))

    def render(self, letter: str, language: str, values: Mapping[str, Value]) -> Rendered:
        """`letter` in `language`, or in English where it has none; `values` as `templates.samples` lists them.

        Raises KeyError for a letter that does not exist, and TypeError for values that are not plain.
        """
        if not self._mixed.find(letter, (language, DEFAULT_LANGUAGE)):
            raise KeyError(letter)
        if not self._mixed.own and not self._unreadable:
            return _tell(self._shipped, letter, language, values)
        try:
            return _tell(self._mixed, letter, language, values)
        except FAULTS as fault:
            why = str(_fault_of(fault, letter))
        known = letter if self._shipped.find(letter, (DEFAULT_LANGUAGE,)) else LAST_RESORT
        return replace(_tell(self._shipped, known, language, values), fallback=why)

    def check(self) -> tuple[TemplateFault, ...]:
        """Everything wrong with the admin's own templates: each is rendered with each set of sample values."""
        faults = [TemplateFault(file, None, why) for file, why in self._unreadable.items()]
        for name in sorted(self._mixed.own):
            faults += self._check_file(name)
        for name in sorted(self._mixed.letters()):
            language, _, stem = name.removesuffix(".txt").partition("/")
            faults += _check_letter(self._mixed, stem, language)
        return tuple(dict.fromkeys(faults))

    def _check_file(self, name: str) -> Iterator[TemplateFault]:
        try:
            tree = self._mixed.text.parse(self._mixed.files[name], name)
            undeclared = meta.find_undeclared_variables(tree)
        except TemplateError as fault:
            yield _fault_of(fault, name)
            return
        # Jinja counts what a file with `extends` imports or sets at its top as undeclared in its blocks.
        own = {node.target for node in tree.find_all(nodes.Import)}
        own |= {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
        known = SAMPLES[0].keys() | GIVEN | own
        for stranger in sorted(undeclared - known):
            nearest = [f"; did you mean {one!r}?" for one in get_close_matches(stranger, known, 1)]
            yield TemplateFault(name, None, f"there is no value {stranger!r}{''.join(nearest)}")
        if name.endswith(".html") and is_letter(name.removesuffix(".html") + ".txt"):
            beside = name.removesuffix(".html") + ".txt"
            if beside not in self._mixed.files:
                yield TemplateFault(name, None, f"has no {beside} beside it, so it is never used")


def _tell(shelf: Shelf, letter: str, language: str, values: Mapping[str, Value]) -> Rendered:
    name = shelf.find(letter, (language, DEFAULT_LANGUAGE))
    if name is None:
        raise TemplateNotFound(letter)
    beside = shelf.html_beside(name)
    spoken = name.partition("/")[0]
    given = {one: plain(values[one]) for one in shelf.reads(name, beside)}
    given |= {"language": spoken, "letter": letter, "marker": MARKERS.get(spoken, MARKER)}
    first, _, body = _bounded(shelf.text, name, given).partition("\n")
    if not first.startswith("Subject:"):
        raise TemplateSyntaxError('the first line must be "Subject: …"', 1, name, name)
    return Rendered(
        subject=" ".join(harmless(first.removeprefix("Subject:")).split()),
        text=fold(_tidy(body)),
        html=_tidy(_bounded(shelf.html, beside, given)) if beside else None,
        language=spoken,
    )


def _bounded(shelf: LetterEnvironment, name: str, values: Mapping[str, Value]) -> str:
    pieces, length = [], 0
    for piece in shelf.get_template(name).generate(values):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST:
            raise TemplateSyntaxError(f"the letter grows beyond {LONGEST} characters", 1, name, name)
    return "".join(pieces)


def _tidy(text: str) -> str:
    """Without white space at the ends of lines and without the heaps of empty lines that left-out parts leave."""
    text = "\n".join([line.rstrip(" \t\r") for line in text.split("\n")])
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip() + "\n"


def _check_letter(shelf: Shelf, letter: str, language: str) -> Iterator[TemplateFault]:
    for sample in SAMPLES:
        try:
            _tell(shelf, letter, language, sample)
        except FAULTS as fault:
            yield _fault_of(fault, letter)


def _fault_of(fault: BaseException, letter: str) -> TemplateFault:
    """Where and why, in one line: Jinja knows the line of a syntax error, the traceback that of the others."""
    file, line = letter, None
    if isinstance(fault, TemplateSyntaxError):
        file, line = fault.name or letter, fault.lineno
    else:
        for frame in traceback.extract_tb(fault.__traceback__):
            if frame.filename.endswith((".txt", ".html")):
                file, line = frame.filename, frame.lineno
    why = fault.message if isinstance(fault, TemplateError) else str(fault)
    return TemplateFault(file, line, " ".join(harmless(why or type(fault).__name__).split()))


def shipped_files() -> dict[str, str]:
    """The shipped templates by their name ("en/held.txt"), for an admin who wants copies to change."""
    return read_files(SHIPPED)[0]
