"""The tables of words: how a language turns statements round, and the phrases by which a mail asks for a matter.

Policies share most of them in vocabularies (`rules.vocabularies`) and add their own under the same keys.
"""

from typing import Annotated

from pydantic import Field

from rules.policy_tables import ByLanguage, Phrases, Table, Values

SignList = Annotated[tuple[str, ...], Field(min_length=1)]
Points = Annotated[str, Field(pattern=r"^-?[0-9]{1,4}$")]
OneOrTwo = Annotated[str, Field(pattern=r"^\S+( \S+)?$")]


class Words(Table):
    """How one language denies, supposes, asks and remembers; and the groups of words phrases refer to."""

    negation: Phrases = ()
    """What denies the up to five words that follow it in its clause: "not a single user"."""
    supposed: Phrases = ()
    """What makes the rest of its clause a supposition: "if", "would", "to avoid"."""
    past: Phrases = ()
    """What makes its clause a memory: "last year"."""
    present: Phrases = ()
    """Takes back what `past` would say: "since last week"."""
    asking: Phrases = ()
    """Single words that open a question clause."""
    polite: Phrases = ()
    """Words after one of `asking` that make it a request: "could you"."""
    breaks: Phrases = ()
    """Single words that begin a new clause; a denial does not reach past them."""
    groups: ByLanguage = Field(default={})
    """Name to words; {name} in a phrase stands for any of them. Members are added to those of the vocabularies."""


class Matter(Table):
    """Phrases by which mails ask for one thing: `clear` counts 2, `hint` 1, `asking` 1 beside a hint, `against` takes 2
    from its sentence; at 2 the matter stands."""

    clear: Phrases = ()
    """Phrases that ask for it beyond doubt."""
    hint: Phrases = ()
    """Phrases that point to it; two of them make it."""
    asking: Phrases = ()
    """Pleas for help; counted once, and only where the mail hints at the matter."""
    against: Phrases = ()
    """Phrases that speak against it, in their own sentence."""
    against_for_plan: ByLanguage = Field(default={})
    """Plan to phrases that are in order for its customers."""
    in_a_sentence: tuple[SignList, ...] = ()
    """Lists of signs; all of one list in the same sentence count as clear. The first is what is asked."""
    nearby: tuple[SignList, ...] = ()
    """The same, with the others up to four sentences from the first, or in the subject."""
    unless: Values = ()
    """Signs that take back whatever the mail says for it, wherever they stand."""
    points: dict[Points, tuple[OneOrTwo, ...]] = Field(default={})
    """Number of points to words, or pairs of words, that speak so much for it, or against it with a minus; each counts
    once a mail, in whatever sense it is said. A word may end in * for any that begins so; # is a number."""
    enough: int | None = None
    """Points at which the words alone make it; left out, only phrases do."""
    least: int | None = None
    """Points that the words must have for phrases to make it; left out, phrases always do."""


class Signs(Table):
    """What mails speak of piece by piece; matters say which pieces make them together."""

    things: ByLanguage = Field(default={})
    """Name to phrases; they count however they are mentioned."""
    acts: ByLanguage = Field(default={})
    """Name to phrases; what is denied or long past does not count."""
    excepted: ByLanguage = Field(default={})
    """Name to longer phrases that only look like such a sign: "training room"."""
