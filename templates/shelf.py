"""The files that letters are rendered from: which there are, which of them tells a letter, and how Jinja gets at them.

A shelf is filled once and does not change: an edit takes effect with the next shelf, never in the middle of a letter.

A letter is looked for in its own language first, and there under its own name before its family's: "routed_billing" in
French is fr/routed_billing.txt, else fr/routed.txt, else en/routed_billing.txt, else en/routed.txt. So a queue that a
company has of its own needs no template, and whoever writes one writes it in each language that should have it.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from jinja2 import FunctionLoader, TemplateSyntaxError, meta

from rules.facts import Gate
from templates.samples import FULL
from templates.sandbox import LetterEnvironment, environment

SHIPPED = Path(__file__).parent
LARGEST = 20_000
"""Octets of one template."""

# A letter that has no file of its own is told by its family's: declined_quota by declined. The members listed are those
# that `Renderer.letters` names beside the files; any other member is told by the family's letter just so.
FAMILIES: dict[str, tuple[str, ...]] = {
    "declined": tuple(gate.value for gate in Gate),
    "routed": (
        "support", "senior", "services", "expert_services", "senior_management", "account_manager", "development",
        "level_0", "user_support",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """A set of template files, and the two environments that read from it."""

    files: Mapping[str, str]
    own: frozenset[str]
    """Which of them are the admin's."""
    unreadable: Mapping[str, str]
    """The admin's files that no letter may use, with the reason."""
    _read: dict[tuple[str | None, ...], frozenset[str]] = field(default_factory=dict, compare=False)

    @cached_property
    def text(self) -> LetterEnvironment:
        return environment(FunctionLoader(self._load), html=False, files=self._inlined())

    @cached_property
    def html(self) -> LetterEnvironment:
        return environment(FunctionLoader(self._load), html=True, files=self._inlined())

    def _inlined(self) -> Mapping[str, str]:
        """An admin's own files stay as they are: what is wrong with one is told by its own file and line."""
        return {} if self.own or self.unreadable else self.files

    def letters(self) -> frozenset[str]:
        return frozenset(name for name in self.files if is_letter(name))

    def find(self, letter: str, languages: Collection[str]) -> str | None:
        """The text file that tells `letter`, in the first of `languages` that has one; readable or not."""
        family = letter.partition("_")[0]
        stems = (letter, family) if family in FAMILIES else (letter,)
        names = (f"{language}/{stem}.txt" for language in languages for stem in stems)
        return next((name for name in names if is_letter(name) and self._has(name)), None)

    def html_beside(self, name: str) -> str | None:
        """The HTML of the letter in `name`. An admin's text without HTML goes alone: ours would say other things."""
        beside = name.removesuffix(".txt") + ".html"
        if not self._has(beside):
            return None
        return None if name in self.own and beside not in self.own else beside

    def reads(self, *names: str | None) -> frozenset[str]:
        """The values that these files may read, with whatever they extend, import and include."""
        if names not in self._read:
            self._read[names] = self._look_through(names)
        return self._read[names]

    def _look_through(self, names: Iterable[str | None]) -> frozenset[str]:
        found, ahead = {"zone"}, [name for name in names if name]  # filters read the zone
        for one in ahead:  # grows while it is looked through
            read, others = _read_by(self.files.get(one, ""))
            if None in others:
                return frozenset(FULL)
            found |= read
            ahead += [other for other in others if other and other not in ahead]
        return frozenset(found & FULL.keys())

    def _has(self, name: str) -> bool:
        return name in self.files or name in self.unreadable

    def _load(self, name: str) -> tuple[str, str, None] | None:
        if name in self.unreadable:
            raise TemplateSyntaxError(self.unreadable[name], 1, name, name)
        return (self.files[name], name, None) if name in self.files else None


@lru_cache(512)
def _read_by(source: str) -> tuple[frozenset[str], frozenset[str | None]]:
    """The names that one file reads, and the files that it names; None among these where only rendering tells."""
    try:
        tree = environment(FunctionLoader(lambda _: None), html=False).parse(source)
    except TemplateSyntaxError:
        return frozenset(), frozenset({None})
    return frozenset(meta.find_undeclared_variables(tree)), frozenset(meta.find_referenced_templates(tree))


def is_letter(name: str) -> bool:
    """Whether a file's name, relative to the folder of the templates, is a letter's text: "en/held.txt"."""
    return re.fullmatch(r"[a-z]{2,3}/[a-z][a-z0-9_]*\.txt", name) is not None


def read_files(directory: Path) -> tuple[dict[str, str], dict[str, str]]:
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
