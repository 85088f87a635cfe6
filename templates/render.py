"""Renders a letter from its template: subject, text and HTML.

A letter is one file, `<language>/<letter>.txt` ("Subject: …", an empty line, the text), with its HTML beside it. Names
that begin with "_" and the folder `parts` hold pieces that letters share. An admin's own copies win over the shipped
ones; when one fails, the shipped letter goes out instead and `Rendered.fallback` says why. Files are read once, when
the Renderer is made. A subject is one line of harmless text, and no value can add a line to a letter.
"""

import re
import traceback
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from jinja2 import FunctionLoader, TemplateError, TemplateNotFound, TemplateSyntaxError, meta, nodes

from rules.facts import Gate
from templates.lines import fold, harmless
from templates.samples import SAMPLES
from templates.sandbox import LetterEnvironment, Value, environment, plain

SHIPPED = Path(__file__).parent
DEFAULT_LANGUAGE = "en"
MARKER = "reply above this line"
"""Stands on a line of its own at the top of what customers answer to; what follows it in a reply is ours."""
LARGEST = 20_000
"""Octets of one template."""
LONGEST = 400_000
"""Characters of one rendered letter."""
LAST_RESORT = "held"
"""What goes out when a letter that only the admin has cannot be rendered: a plain receipt is true of every mail."""

# A letter that has no file of its own is told by its family's: declined_quota by declined.
FAMILIES: dict[str, tuple[str, ...]] = {
    "declined": tuple(gate.value for gate in Gate),
    "routed": (
        "support", "senior", "services", "expert_services", "senior_management", "account_manager", "development",
        "level_0", "user_support",
    ),
}  # fmt: skip

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
        shipped, _ = _read(SHIPPED)
        own, self._unreadable = _read(directory) if directory else ({}, {})
        self._shipped = _Shelf(shipped, frozenset(), {})
        self._mixed = _Shelf(shipped | own, frozenset(own), self._unreadable)

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
        given = {name: plain(value) for name, value in values.items()}
        if not self._mixed.own and not self._unreadable:
            return _tell(self._shipped, letter, language, given)
        try:
            return _tell(self._mixed, letter, language, given)
        except FAULTS as fault:
            why = str(_fault_of(fault, letter))
        known = letter if self._shipped.find(letter, (DEFAULT_LANGUAGE,)) else LAST_RESORT
        return replace(_tell(self._shipped, known, language, given), fallback=why)

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
        if name.endswith(".html") and _is_letter(name.removesuffix(".html") + ".txt"):
            beside = name.removesuffix(".html") + ".txt"
            if beside not in self._mixed.files:
                yield TemplateFault(name, None, f"has no {beside} beside it, so it is never used")


@dataclass(frozen=True)
class _Shelf:
    """A set of template files, and the two environments that read from it."""

    files: Mapping[str, str]
    own: frozenset[str]
    """Which of them are the admin's."""
    unreadable: Mapping[str, str]
    """The admin's files that no letter may use, with the reason."""

    @cached_property
    def text(self) -> LetterEnvironment:
        return environment(FunctionLoader(self._load), html=False)

    @cached_property
    def html(self) -> LetterEnvironment:
        return environment(FunctionLoader(self._load), html=True)

    def letters(self) -> frozenset[str]:
        return frozenset(name for name in self.files if _is_letter(name))

    def find(self, letter: str, languages: Collection[str]) -> str | None:
        """The text file that tells `letter`, in the first of `languages` that has one; readable or not."""
        family = letter.partition("_")[0]
        stems = (letter, family) if family in FAMILIES else (letter,)
        names = (f"{language}/{stem}.txt" for language in languages for stem in stems)
        return next(
            (name for name in names if _is_letter(name) and (name in self.files or name in self.unreadable)), None
        )

    def html_beside(self, name: str) -> str | None:
        """The HTML of the letter in `name`. An admin's text without HTML goes alone: ours would say other things."""
        beside = name.removesuffix(".txt") + ".html"
        if not self._has(beside):
            return None
        return None if name in self.own and beside not in self.own else beside

    def _has(self, name: str) -> bool:
        return name in self.files or name in self.unreadable

    def _load(self, name: str) -> tuple[str, str, None] | None:
        if name in self.unreadable:
            raise TemplateSyntaxError(self.unreadable[name], 1, name, name)
        return (self.files[name], name, None) if name in self.files else None


def _tell(shelf: _Shelf, letter: str, language: str, values: Mapping[str, Value]) -> Rendered:
    name = shelf.find(letter, (language, DEFAULT_LANGUAGE))
    if name is None:
        raise TemplateNotFound(letter)
    given = {**values, "language": name.partition("/")[0], "letter": letter, "marker": MARKER}
    first, _, body = _bounded(shelf.text, name, given).partition("\n")
    if not first.startswith("Subject:"):
        raise TemplateSyntaxError('the first line must be "Subject: …"', 1, name, name)
    beside = shelf.html_beside(name)
    return Rendered(
        subject=" ".join(harmless(first.removeprefix("Subject:")).split()),
        text=fold(_tidy(body)),
        html=_tidy(_bounded(shelf.html, beside, given)) if beside else None,
        language=name.partition("/")[0],
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
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t\r]+\n", "\n", text)).strip() + "\n"


def _check_letter(shelf: _Shelf, letter: str, language: str) -> Iterator[TemplateFault]:
    for sample in SAMPLES:
        try:
            _tell(shelf, letter, language, {name: plain(value) for name, value in sample.items()})
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


def _is_letter(name: str) -> bool:
    """Whether a file's name, relative to the folder of the templates, is a letter's text: "en/held.txt"."""
    return re.fullmatch(r"[a-z]{2,3}/[a-z][a-z0-9_]*\.txt", name) is not None


def _read(directory: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The template files under `directory` with their text, and those that cannot be taken with the reason."""
    files: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for path in sorted((*directory.glob("*/*.txt"), *directory.glob("*/*.html"))):
        name = path.relative_to(directory).as_posix()
        try:
            raw = path.read_bytes()
            if len(raw) > LARGEST:
                unreadable[name] = f"has {len(raw)} octets, a template has at most {LARGEST}"
            else:
                files[name] = raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as fault:
            unreadable[name] = f"is not UTF-8 at octet {fault.start}"
        except OSError as fault:
            unreadable[name] = f"cannot be read: {fault.strerror}"
    return files, unreadable


def shipped_files() -> dict[str, str]:
    """The shipped templates by their name ("en/held.txt"), for an admin who wants copies to change."""
    return _read(SHIPPED)[0]
